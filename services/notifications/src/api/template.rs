//! `xiangtu.notifications.v1.TemplateService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    db::Begun,
    division::Division,
    error::{Error, Result},
};
use proto::xiangtu::notifications::v1::{
    CreateTemplateRequest, GetTemplateRequest, ListTemplatesRequest, ListTemplatesResponse, PreviewTemplateRequest,
    PreviewTemplateResponse, ReviseTemplateRequest, Template, template_service_server::TemplateService,
};
use tonic::{Request, Response, Status};

use crate::{
    store::{self, template::TemplateRow},
    wire::{
        name::{TemplateName, is_id},
        problem::Problems,
        template,
    },
};

/// Keeps the texts of notices.
pub struct Api {
    /// What the service works with.
    pub kit: Kit,
}

impl Api {
    /// A version ready to be stored, or every problem of it.
    fn version(&self, given: Option<Template>, division: &Division, id: &str, version: i32) -> Result<TemplateRow> {
        let written = template::written(&given.ok_or_else(|| Error::required("template"))?);
        let mut problems = Problems::default();
        template::definition("template.", &written, &mut problems);
        let (definition, digest) = template::encoded(&written);
        problems.into_result(TemplateRow {
            division_code: division.code().to_owned(),
            id: id.to_owned(),
            version,
            definition,
            digest,
            created_at: self.kit.clock.now(),
        })
    }

    async fn find(&self, call: &Call, field: &str, name: &str) -> Result<TemplateRow> {
        let parsed = TemplateName::parse(field, name)?;
        let mut tx = self.kit.db.read(call).await?;
        store::template::template_get(&mut tx, parsed.division.code(), &parsed.id, parsed.version)
            .await?
            .ok_or_else(|| Error::not_found(name))
    }
}

#[tonic::async_trait]
impl TemplateService for Api {
    async fn create_template(&self, request: Request<CreateTemplateRequest>) -> Result<Response<Template>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let division = Division::parse("division", &request.division)?;
        if !is_id(&request.template_id) {
            return Err(Error::invalid("template_id", request.template_id, "1–64 characters of a–z, 0–9 and -").into());
        }
        let row = self.version(request.template, &division, &request.template_id, 1)?;
        let answer = template::answer(&row)?;
        if store::template::template_get(&mut tx, division.code(), &row.id, None)
            .await
            .map_err(Error::from)?
            .is_some()
        {
            return Err(Error::exists(format!("{}/templates/{}", division.name(), row.id)).into());
        }
        store::template::template_insert(&mut tx, &row)
            .await
            .map_err(Error::from)?;
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(answer));
        }
        let change = Change::new("create", division.code(), &answer.name);
        Ok(tx.finish(change, answer).await?)
    }

    async fn revise_template(&self, request: Request<ReviseTemplateRequest>) -> Result<Response<Template>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let name = TemplateName::parse("name", &request.name)?;
        // A template above the caller's division may be read, not revised.
        if name.version.is_some() || !name.division.within(&call.caller.scope) {
            return Err(Error::not_found(request.name).into());
        }
        let latest = store::template::template_get(&mut tx, name.division.code(), &name.id, None)
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::not_found(&request.name))?;
        if latest.version != request.base_version {
            return Err(Error::stale(request.name).into());
        }
        let row = self.version(request.template, &name.division, &name.id, latest.version + 1)?;
        store::template::template_insert(&mut tx, &row)
            .await
            .map_err(Error::from)?;
        let answer = template::answer(&row)?;
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(answer));
        }
        let change = Change::new("revise", name.division.code(), &answer.name);
        Ok(tx.finish(change, answer).await?)
    }

    async fn get_template(&self, request: Request<GetTemplateRequest>) -> Result<Response<Template>, Status> {
        let call = Call::of(&request)?;
        let row = self.find(&call, "name", &request.get_ref().name).await?;
        Ok(Response::new(template::answer(&row)?))
    }

    async fn list_templates(
        &self,
        request: Request<ListTemplatesRequest>,
    ) -> Result<Response<ListTemplatesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListTemplates", &[])?;
        let after = page
            .after
            .as_deref()
            .and_then(|after| after.split_once('/'))
            .unwrap_or_default();
        let mut tx = self.kit.db.read(&call).await?;
        let rows = store::template::template_list(&mut tx, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| format!("{}/{}", row.division_code, row.id));
        let templates = rows.iter().map(template::answer).collect::<Result<_>>()?;
        Ok(Response::new(ListTemplatesResponse {
            templates,
            next_page_token,
        }))
    }

    async fn preview_template(
        &self,
        request: Request<PreviewTemplateRequest>,
    ) -> Result<Response<PreviewTemplateResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let definition = template::checked(&self.find(&call, "name", &request.name).await?)?;
        let rendered = definition
            .render(&request.language, &request.variables)
            .map_err(template::unfit)?;
        Ok(Response::new(PreviewTemplateResponse {
            title: rendered.title,
            body: rendered.body,
            language: rendered.language,
        }))
    }
}
