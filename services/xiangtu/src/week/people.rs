//! Who holds which post.

use proto::xiangtu::villages::v1::{ListCadresRequest, cadre_service_client::CadreServiceClient};

use crate::{
    client::Client,
    failure::{Failure, Result},
};

/// The first `number` holders of a post in a division or below it, `cadres/{uid}`.
pub async fn holding(client: &Client, division: &str, post: &str, number: i32) -> Result<Vec<String>> {
    let request = ListCadresRequest {
        division: division.to_owned(),
        filter: format!("post = \"{post}\""),
        page_size: number,
        ..ListCadresRequest::default()
    };
    let mut cadres = CadreServiceClient::new(client.channel("villages")?);
    let page = cadres.list_cadres(client.request(request)).await?.into_inner();
    let names: Vec<String> = page.cadres.into_iter().map(|cadre| cadre.name).collect();
    if i32::try_from(names.len()) == Ok(number) {
        Ok(names)
    } else {
        Err(Failure::new(format!("{division} has fewer than {number} {post}")))
    }
}
