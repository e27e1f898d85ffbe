//! `SigningKeyService`.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    division::Division,
    error::{Error, Result},
    filter::Field,
};
use proto::xiangtu::sanitation::v1::{
    CreateSigningKeyRequest, GetSigningKeyRequest, ListSigningKeysRequest, ListSigningKeysResponse,
    RevokeSigningKeyRequest, SigningKey, signing_key_service_server::SigningKeyService,
};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::{
        areas::area_get,
        facilities::facility_get,
        keys::{key_end, key_get, key_insert, key_list, key_revoke},
        vehicles::vehicle_get,
    },
    wire::{keys, names, text::line},
};

const FIELDS: &[Field] = &[
    Field::text("holder", "holder"),
    Field::text("display_name", "display_name"),
];

#[tonic::async_trait]
impl SigningKeyService for Api {
    async fn get_signing_key(&self, request: Request<GetSigningKeyRequest>) -> Result<Response<SigningKey>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "signingKeys")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = key_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(keys::signing_key(row)))
    }

    async fn list_signing_keys(
        &self,
        request: Request<ListSigningKeysRequest>,
    ) -> Result<Response<ListSigningKeysResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListSigningKeys",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = key_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.key_id.clone());
        Ok(Response::new(ListSigningKeysResponse {
            signing_keys: rows.into_iter().map(keys::signing_key).collect(),
            next_page_token,
        }))
    }

    async fn create_signing_key(
        &self,
        request: Request<CreateSigningKeyRequest>,
    ) -> Result<Response<SigningKey>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        if request.request_id.is_empty() {
            return Err(Error::required("request_id").into());
        }
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let key = request.signing_key.ok_or_else(|| Error::required("signing_key"))?;
        let mut row = keys::new_signing_key(&request.signing_key_id, key, tx.now())?;
        row.division_code = division_of(&mut tx, &row.holder).await?;
        if !row.division_code.starts_with(&call.caller.scope) {
            // Above the caller's division: to be seen, not to be signed for.
            return Err(Error::not_found(&row.holder).into());
        }
        if !request.replaces.is_empty() {
            replace(&mut tx, &request.replaces, &row.holder, row.valid_from).await?;
        }
        let name = names::signing_key(&row.key_id);
        if !key_insert(&mut tx, &row).await.map_err(Error::from)? {
            return Err(Error::exists(format!("{name}, or one of the same public key,")).into());
        }
        let change = Change::new("create", &row.division_code, &name);
        Ok(tx.finish(change, keys::signing_key(row)).await?)
    }

    async fn revoke_signing_key(
        &self,
        request: Request<RevokeSigningKeyRequest>,
    ) -> Result<Response<SigningKey>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        if request.request_id.is_empty() {
            return Err(Error::required("request_id").into());
        }
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let (name, now) = (&request.name, tx.now());
        let id = names::existing(name, "signingKeys")?;
        let known = key_get(&mut tx, id).await.map_err(Error::from)?;
        let known = known.ok_or_else(|| Error::not_found(name))?;
        line("reason", &request.reason, 1, 200)?;
        let from = dates::from_timestamp("revoke_from", request.revoke_from)?.unwrap_or(now);
        if from > now {
            return Err(Error::invalid("revoke_from", from, "not in the future").into());
        }
        if known.revoked_at.is_some() {
            let message = "the key is revoked already";
            return Err(Error::rule("KEY_REVOKED", name, message, "该公钥已被吊销").into());
        }
        // A key of a division above may be seen, not changed.
        let row = key_revoke(&mut tx, id, from, &request.reason, now)
            .await
            .map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(name))?;
        let change = Change::new("revoke", &row.division_code, name).detail(&request.reason);
        Ok(tx.finish(change, keys::signing_key(row)).await?)
    }
}

/// The division of a holder, which must exist inside the caller's.
async fn division_of(tx: &mut Tx, holder: &str) -> Result<String> {
    let (field, unknown) = ("signing_key.holder", || Error::not_found(holder));
    match holder.split_once('/') {
        Some(("vehicles", _)) => {
            let id = names::reference(field, holder, "vehicles")?;
            Ok(vehicle_get(tx, id).await?.ok_or_else(unknown)?.division_code)
        }
        Some(("facilities", _)) => {
            let id = names::reference(field, holder, "facilities")?;
            Ok(facility_get(tx, id).await?.ok_or_else(unknown)?.division_code)
        }
        Some(("divisions", _)) => {
            let village = Division::parse(field, holder)?;
            if village.name() != holder {
                return Err(Error::invalid(field, holder, village.name()));
            }
            Ok(area_get(tx, village.code()).await?.ok_or_else(unknown)?.division_code)
        }
        _ => {
            let rule = "divisions/{village}, vehicles/{id} or facilities/{id}";
            Err(Error::invalid(field, holder, rule))
        }
    }
}

/// Ends the key that another one of the same holder replaces.
async fn replace(tx: &mut Tx, name: &str, holder: &str, at: OffsetDateTime) -> Result<()> {
    let id = names::reference("replaces", name, "signingKeys")?;
    let known = key_get(tx, id).await?.ok_or_else(|| Error::not_found(name))?;
    if known.holder != holder {
        let rule = format!("a key of {holder}; this one is of {}", known.holder);
        return Err(Error::invalid("replaces", name, rule));
    }
    if key_end(tx, id, at).await? {
        Ok(())
    } else {
        Err(Error::invalid(
            "replaces",
            name,
            "a key that holds at signing_key.valid_from",
        ))
    }
}
