//! Who answers for a place: somebody always does, and the rule that found them is told.

use crate::document::Post;

/// What found the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// On duty in the small grid.
    SmallGrid,
    /// On duty in the large grid.
    LargeGrid,
    /// The post that the person holds.
    Post(Post),
    /// Nobody is known.
    Nobody,
}

/// Posts that answer where no shift does, in this order.
pub const POSTS: [Post; 4] = [
    Post::StationedCadre,
    Post::VillageSecretary,
    Post::TownshipLeader,
    Post::CountyLeader,
];

/// The division whose holder of `post` answers for `division`; `None` where the division lies above it.
pub fn seat(division: &str, post: Post) -> Option<&str> {
    let length = match post {
        Post::CountyLeader => 6,
        Post::TownshipLeader => 9,
        _ => 12,
    };
    division.get(..length)
}

/// The person and what found them: on duty in the small grid, else in the large one, else in one of [`POSTS`].
pub fn answerable<P>(
    small: Option<P>,
    large: Option<P>,
    mut holder: impl FnMut(Post) -> Option<P>,
) -> (Rule, Option<P>) {
    let shift = small
        .map(|person| (Rule::SmallGrid, person))
        .or(large.map(|person| (Rule::LargeGrid, person)));
    let found = shift.or_else(|| {
        let mut posts = POSTS.into_iter();
        posts.find_map(|post| Some((Rule::Post(post), holder(post)?)))
    });
    found.map_or((Rule::Nobody, None), |(rule, person)| (rule, Some(person)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_to_the_fire_answers() {
        let posts = [(Post::TownshipLeader, "leader"), (Post::VillageSecretary, "secretary")];
        let holder = |post| posts.iter().find(|(of, _)| *of == post).map(|(_, name)| *name);
        let found = |small, large| answerable(small, large, holder);
        assert_eq!(found(Some("small"), Some("large")), (Rule::SmallGrid, Some("small")));
        assert_eq!(found(None, Some("large")), (Rule::LargeGrid, Some("large")));
        assert_eq!(
            found(None, None),
            (Rule::Post(Post::VillageSecretary), Some("secretary"))
        );
        assert_eq!(answerable(None::<&str>, None, |_| None), (Rule::Nobody, None));
    }

    #[test]
    fn a_post_sits_where_it_is_held() {
        let of = |post| seat("410225104201", post);
        assert_eq!(of(Post::VillageSecretary), Some("410225104201"));
        assert_eq!(
            (of(Post::TownshipLeader), of(Post::CountyLeader)),
            (Some("410225104"), Some("410225"))
        );
        assert_eq!(seat("410225104", Post::StationedCadre), None);
    }
}
