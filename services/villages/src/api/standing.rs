//! What a request is about must be on the register, and who decides must hold a post.

use kit::{
    db::Tx,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{Post as WirePost, TaskPerson};
use time::Date;
use villages_core::document::Post;

use crate::{
    store::{self, task_tenure},
    wire,
};

/// Who decides, and in which post.
pub(super) struct Ranked {
    pub person: TaskPerson,
    pub post: WirePost,
}

/// `NOT_FOUND` if the division is not on the register on `day`.
pub(super) async fn require_division(tx: &mut Tx, code: &str, day: Date) -> Result<()> {
    match store::division::division_get(tx, code, day).await? {
        Some(_) => Ok(()),
        None => Err(Error::not_found(wire::division::name(code))),
    }
}

/// The cadre as a holder of `rank`, or a higher post, in the division or above it; `APPROVAL_RANK` if they hold none.
pub(super) async fn decider(tx: &mut Tx, division: &str, cadre: &str, rank: Post, today: Date) -> Result<Ranked> {
    let posts: Vec<&str> = Post::all()
        .filter(|post| post.ranks_with(rank))
        .map(Post::as_str)
        .collect();
    let holders = task_tenure::holders(tx, division, &posts, today).await?;
    let holder = holders
        .into_iter()
        .find(|holder| holder.cadre_id == cadre && division.starts_with(&holder.division_code));
    let Some(holder) = holder else {
        let (name, division) = (wire::cadre::name(cadre), wire::division::name(division));
        let message = format!("{name} is no {} or higher for {division}", rank.as_str());
        let message_zh = format!("{name} 不是 {division} 有批准权限的领导（{} 及以上）", rank.as_str());
        return Err(Error::rule("APPROVAL_RANK", name, message, message_zh));
    };
    Ok(Ranked {
        person: wire::task::person(cadre, &holder.display_name),
        post: wire::ladder_process::post(&holder.post),
    })
}
