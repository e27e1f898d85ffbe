//! `xiangtu.notifications.v1.RecipientService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    db::Begun,
    division::Division,
    error::{Error, Result},
    etag,
    filter::{Field, Filter},
    mask::Mask,
};
use proto::xiangtu::notifications::v1::{
    CreateRecipientRequest, DeleteRecipientRequest, GetRecipientRequest, ListRecipientsRequest, ListRecipientsResponse,
    Recipient, UpdateRecipientRequest, recipient_service_server::RecipientService,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    store::{
        self,
        recipient::{ContactRow, ListQuery, RecipientRow},
    },
    wire::{
        audience,
        name::{Collection, division_or_empty},
        recipient as wire,
    },
};

const FIELDS: &[Field] = &[
    Field::text("display_name", "display_name"),
    Field::text("person", "person"),
    Field::text("subject", "subject"),
];

const UPDATABLE: &[&str] = &[
    "division",
    "display_name",
    "roles",
    "person",
    "subject",
    "language",
    "contacts",
];

/// Keeps the people who receive notices.
pub struct Api {
    /// What the service works with.
    pub kit: Kit,
}

/// A unique violation says which person is taken.
fn taken(error: sqlx::Error, row: &RecipientRow) -> Error {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => Error::exists(row.person.clone().unwrap_or_default()),
        _ => error.into(),
    }
}

#[tonic::async_trait]
impl RecipientService for Api {
    async fn create_recipient(&self, request: Request<CreateRecipientRequest>) -> Result<Response<Recipient>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let given = request.recipient.ok_or_else(|| Error::required("recipient"))?;
        let row = wire::parse("recipient", &given, &self.kit)?;
        let contacts = wire::contacts("recipient.contacts", &given.contacts, row.uid, &self.kit)?;
        store::recipient::recipient_insert(&mut tx, &row)
            .await
            .map_err(|error| taken(error, &row))?;
        store::recipient::contact_replace(&mut tx, &row, &contacts)
            .await
            .map_err(Error::from)?;
        let answer = wire::answer(&row, &contacts, &self.kit)?;
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(answer));
        }
        Ok(tx
            .finish(Change::new("create", &row.division_code, &answer.name), answer)
            .await?)
    }

    async fn get_recipient(&self, request: Request<GetRecipientRequest>) -> Result<Response<Recipient>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let uid = Collection::Recipients.parse("name", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = store::recipient::recipient_get(&mut tx, uid)
            .await
            .map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(name))?;
        let contacts = store::recipient::contact_list(&mut tx, &[uid])
            .await
            .map_err(Error::from)?;
        Ok(Response::new(wire::answer(&row, &contacts, &self.kit)?))
    }

    async fn list_recipients(
        &self,
        request: Request<ListRecipientsRequest>,
    ) -> Result<Response<ListRecipientsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = division_or_empty("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter, &request.role];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListRecipients", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let list = ListQuery {
            division: &division,
            role: &request.role,
            filter: &filter,
            after,
            limit: page.size + 1,
        };
        let rows = store::recipient::recipient_list(&mut tx, &list)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.uid.to_string());
        let uids: Vec<Uuid> = rows.iter().map(|row| row.uid).collect();
        let contacts = store::recipient::contact_list(&mut tx, &uids)
            .await
            .map_err(Error::from)?;
        let answer = |row: &RecipientRow| {
            let own: Vec<ContactRow> = contacts
                .iter()
                .filter(|c| c.recipient_uid == row.uid)
                .cloned()
                .collect();
            wire::answer(row, &own, &self.kit)
        };
        let recipients = rows.iter().map(answer).collect::<Result<_>>()?;
        Ok(Response::new(ListRecipientsResponse {
            recipients,
            next_page_token,
        }))
    }

    async fn update_recipient(&self, request: Request<UpdateRecipientRequest>) -> Result<Response<Recipient>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let given = request.recipient.ok_or_else(|| Error::required("recipient"))?;
        let mask = Mask::parse(request.update_mask, UPDATABLE)?;
        let uid = Collection::Recipients.parse("recipient.name", &given.name)?;
        let row = store::recipient::recipient_lock(&mut tx, uid)
            .await
            .map_err(Error::from)?;
        let mut row = row.ok_or_else(|| Error::not_found(&given.name))?;
        let mut contacts = store::recipient::contact_list(&mut tx, &[uid])
            .await
            .map_err(Error::from)?;
        if given.etag.is_empty() {
            return Err(Error::required("recipient.etag").into());
        }
        etag::check(&given.etag, &wire::etag_of(&row, &contacts), &given.name)?;
        if mask.has("division") {
            row.division_code = Division::parse("recipient.division", &given.division)?.into_code();
        }
        if mask.has("display_name") {
            row.display_name = wire::display_name("recipient.display_name", &given.display_name)?;
        }
        if mask.has("roles") {
            row.roles = audience::roles("recipient.roles", &given.roles)?;
        }
        if mask.has("person") {
            row.person = wire::reference("recipient.person", &given.person)?;
        }
        if mask.has("subject") {
            row.subject = wire::reference("recipient.subject", &given.subject)?;
        }
        if mask.has("language") {
            row.language = wire::language("recipient.language", &given.language)?;
        }
        if mask.has("contacts") {
            contacts = wire::contacts("recipient.contacts", &given.contacts, uid, &self.kit)?;
        }
        row.updated_at = self.kit.clock.now();
        store::recipient::recipient_update(&mut tx, &row)
            .await
            .map_err(|error| taken(error, &row))?;
        store::recipient::contact_replace(&mut tx, &row, &contacts)
            .await
            .map_err(Error::from)?;
        let answer = wire::answer(&row, &contacts, &self.kit)?;
        Ok(tx
            .finish(Change::new("update", &row.division_code, &answer.name), answer)
            .await?)
    }

    async fn delete_recipient(&self, request: Request<DeleteRecipientRequest>) -> Result<Response<()>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(()) => return Ok(Response::new(())),
            Begun::Fresh(tx) => tx,
        };
        let uid = Collection::Recipients.parse("name", &request.name)?;
        let row = store::recipient::recipient_lock(&mut tx, uid)
            .await
            .map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        let contacts = store::recipient::contact_list(&mut tx, &[uid])
            .await
            .map_err(Error::from)?;
        etag::check(&request.etag, &wire::etag_of(&row, &contacts), &request.name)?;
        let now = self.kit.clock.now();
        store::recipient::recipient_remove(&mut tx, uid, now)
            .await
            .map_err(Error::from)?;
        Ok(tx
            .finish(Change::new("delete", &row.division_code, &request.name), ())
            .await?)
    }
}
