//! `xiangtu doctor`

use tonic::transport::Endpoint;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{
    client::Session,
    failure::{Failure, Result},
    show::{Output, Table},
};

/// Asks every service of the session whether it is well; fails if one is not.
pub async fn run(session: &Session, output: Output) -> Result<()> {
    let mut table = Table::new("服务健康", &["服务", "地址", "状态"]);
    let mut ill = 0;
    for (name, url) in &session.endpoints {
        let state = ask(url).await.unwrap_or_else(|failure| failure.to_string());
        ill += usize::from(state != "SERVING");
        table.row([name.clone(), url.clone(), state]);
    }
    table.print(output);
    if ill == 0 {
        Ok(())
    } else {
        Err(Failure::new(format!("{ill} services are not well")))
    }
}

async fn ask(url: &str) -> Result<String> {
    let endpoint = Endpoint::from_shared(url.to_owned()).map_err(|error| Failure::new(error.to_string()))?;
    let mut client = HealthClient::new(endpoint.connect_lazy());
    let answer = client
        .check(HealthCheckRequest { service: String::new() })
        .await?
        .into_inner();
    Ok(answer.status().as_str_name().to_owned())
}
