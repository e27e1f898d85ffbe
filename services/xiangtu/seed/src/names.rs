//! Names of heads of households. Invented; only the frequencies of surnames are real.

use crate::chance::Chance;

const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏蒋卢贾蔡丁魏薛叶阎潘余杜戴夏钟任田汪姜范方石文姚谭邹廖金熊郝白陆孔崔康毛邱秦江史侯顾邵万孟龙段";
/// Bearers of the first surname and the last, per ten thousand; frequencies fall about geometrically between.
const FIRST: u32 = 690;
const FALL_PERMILLE: u32 = 935;
const COMPOUND: [&str; 8] = ["司马", "端木", "上官", "尉迟", "令狐", "皇甫", "诸葛", "欧阳"];
const GIVEN: &str = "社顺云静义增成新明瑞刚荣娟东军洋霞二强民会富花珍敏春芳德平杰文大超连胜信勇生旺英安红桂小磊山华翠淑琴娜永才立林海水涛诚礼贵三喜发志忠艳玉孝爱伟友秀保凤国建根学梅金祥丽全兰进长福";
/// Characters that software with old fonts and encodings loses.
const RARE: [&str; 11] = ["㛃", "𠅤", "淼", "堃", "垚", "犇", "𫍯", "𠮷", "𬭎", "䶮", "喆"];
/// Long names with a middle dot.
const LONG: [&str; 4] = [
    "阿依古丽·买买提",
    "古丽娜尔·阿不都热依木",
    "扎西·次仁",
    "买买提江·吐尔逊",
];

/// Draws names.
pub struct Names {
    surnames: Vec<char>,
    weights: Vec<u32>,
    given: Vec<char>,
}

impl Names {
    pub fn new() -> Self {
        let surnames: Vec<char> = SURNAMES.chars().collect();
        let weights = surnames
            .iter()
            .scan(FIRST * 1000, |weight, _| {
                let now = *weight / 1000;
                *weight = *weight / 1000 * FALL_PERMILLE;
                Some(now.max(1))
            })
            .collect();
        Self {
            surnames,
            weights,
            given: GIVEN.chars().collect(),
        }
    }

    pub fn draw(&self, chance: &mut Chance) -> String {
        match chance.below(10_000) {
            0..4 => (*chance.pick(&LONG)).to_owned(),
            4..19 => {
                let mut name = (*chance.pick(&COMPOUND)).to_owned();
                name.push(*chance.pick(&self.given));
                name.push(*chance.pick(&self.given));
                name
            }
            rest => {
                let mut name = String::from(self.surnames[chance.weighted(&self.weights)]);
                if chance.permille(780) {
                    name.push(*chance.pick(&self.given));
                }
                if rest < 28 {
                    name.push_str(chance.pick::<&str>(&RARE));
                } else {
                    name.push(*chance.pick(&self.given));
                }
                name
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_look_like_names() {
        let (names, mut chance) = (Names::new(), Chance::new(1, 0, "x"));
        let drawn: Vec<String> = (0..20_000).map(|_| names.draw(&mut chance)).collect();
        assert!(drawn.iter().all(|name| (2..=11).contains(&name.chars().count())));
        let wang = drawn.iter().filter(|name| name.starts_with('王')).count();
        assert!((1_000..1_800).contains(&wang), "{wang} of 20,000 are called 王");
        assert!(drawn.iter().any(|name| name.contains('·')));
        assert!(drawn.iter().any(|name| name.contains(['𠮷', '𫍯', '𬭎', '𠅤'])));
    }
}
