//! What everybody may see of personal data.

/// What would hide fewer characters than this hides all.
const LEAST_HIDDEN: usize = 4;

/// First 3 and last 4 digits of a phone number: `138****1111`. Shorter ones vanish.
pub fn phone(phone: &str) -> String {
    ends(phone, 3, 4)
}

/// First 6 and last 4 characters of an identity number: `410225********1234`.
pub fn id_number(number: &str) -> String {
    ends(number, 6, 4)
}

/// The family name: `王**`; the stars do not tell how long the rest is.
pub fn name(name: &str) -> String {
    name.chars()
        .next()
        .map(|first| format!("{first}**"))
        .unwrap_or_default()
}

fn ends(text: &str, first: usize, last: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() < first + last + LEAST_HIDDEN {
        return "*".repeat(characters.len());
    }
    let hidden = characters.len() - first - last;
    let shown = |range: std::ops::Range<usize>| characters.get(range).unwrap_or_default().iter().collect::<String>();
    format!(
        "{}{}{}",
        shown(0..first),
        "*".repeat(hidden),
        shown(first + hidden..characters.len())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_only_the_ends() {
        assert_eq!(phone("13800001111"), "138****1111");
        assert_eq!(id_number("410225199001011234"), "410225********1234");
        assert_eq!((phone("110"), phone("1234567890")), ("***".to_owned(), "*".repeat(10)));
        assert_eq!(
            (name("王礼孝"), name("李"), name("")),
            ("王**".to_owned(), "李**".to_owned(), String::new())
        );
    }
}
