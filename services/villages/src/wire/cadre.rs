//! Cadres and their posts on the wire.

use kit::{
    crypt::{Crypt, mask},
    dates,
    error::{Error, Result},
    etag,
};
use proto::xiangtu::villages::v1::{Assignment, Cadre, Post};
use uuid::Uuid;

use super::{division, names};
use crate::store::{cadre::CadreRow, cadre_post::PostRow};

/// Label of sealed and blind phones.
pub const PHONE: &str = "cadres.phone";

/// The id of `cadres/{uid}`.
pub fn id(field: &str, name: &str) -> Result<String> {
    names::id(field, name, "cadres")
}

/// Resource name of an id.
pub fn name(id: &str) -> String {
    format!("cadres/{id}")
}

/// The id of `assignments/{uid}`.
pub fn assignment_id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "assignments")
}

/// Resource name of a post's id.
pub fn assignment_name(id: Uuid) -> String {
    format!("assignments/{id}")
}

/// Name of a post in the store.
pub fn post(field: &str, post: i32) -> Result<&'static str> {
    match Post::try_from(post) {
        Ok(Post::Unspecified) | Err(_) => Err(Error::invalid(field, post, "one of the posts of Post")),
        Ok(post) => Ok(post.as_str_name().trim_start_matches("POST_")),
    }
}

/// The phone of a cadre in full; empty where unknown.
pub fn phone(crypt: &Crypt, row: &CadreRow) -> Result<String> {
    row.phone.as_ref().map_or(Ok(String::new()), |sealed| {
        Ok(crypt.open(PHONE, sealed)?.expose().clone())
    })
}

/// A cadre with those of `posts` that are the cadre's own; the phone is masked.
pub fn cadre(crypt: &Crypt, row: &CadreRow, posts: &[PostRow]) -> Result<Cadre> {
    let own: Vec<&PostRow> = posts.iter().filter(|post| post.cadre_id == row.cadre_id).collect();
    Ok(Cadre {
        name: name(&row.cadre_id),
        display_name: row.display_name.clone(),
        phone: mask::phone(&phone(crypt, row)?),
        division: division::name(&row.division_code),
        assignments: own.into_iter().map(assignment).collect(),
        valid_from: Some(dates::to_proto(row.valid_from)),
        valid_until: row.valid_until.map(dates::to_proto),
        etag: etag(row, posts),
    })
}

/// The etag of a cadre: it changes with each version and with the posts of its own among `posts`.
pub fn etag(row: &CadreRow, posts: &[PostRow]) -> String {
    let own = posts.iter().filter(|post| post.cadre_id == row.cadre_id);
    let state: Vec<_> = own
        .map(|post| format!("{}:{:?}", post.assignment_id, post.valid_until))
        .collect();
    etag::of(&[&row.cadre_id, &row.id.to_string(), &state.join(" ")])
}

/// One post.
pub fn assignment(row: &PostRow) -> Assignment {
    Assignment {
        name: assignment_name(row.assignment_id),
        cadre: name(&row.cadre_id),
        division: division::name(&row.division_code),
        post: Post::from_str_name(&format!("POST_{}", row.post))
            .unwrap_or_default()
            .into(),
        valid_from: Some(dates::to_proto(row.valid_from)),
        valid_until: row.valid_until.map(dates::to_proto),
    }
}
