//! Changes of the tree of divisions.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    division::Division as Code,
    error::{Error, Result},
};
use prost::Message;
use proto::xiangtu::villages::v1::{
    AbolishDivisionRequest, Division, DivisionAbolished, DivisionMerged, DivisionRenamed, DivisionSplit,
    MergeDivisionsRequest, MergeDivisionsResponse, RenameDivisionRequest, SplitDivisionRequest, SplitDivisionResponse,
};
use time::Date;
use tonic::Response;

use super::division::{DivisionApi, require_id};
use crate::{
    store::{
        bulletin_clock,
        division::{self, DivisionRow, NewDivision},
        lineage::{self, LineageRow},
    },
    wire,
};

const MOST: usize = 50;
const LONGEST_NAME: usize = 100;

impl DivisionApi {
    pub(super) async fn rename(&self, call: &Call, request: RenameDivisionRequest) -> Result<Response<Division>> {
        require_id(&request.request_id)?;
        let code = Code::parse("name", &request.name)?;
        let display_name = wire::names::text("display_name", &request.display_name, LONGEST_NAME)?;
        let date = dates::required("effective_date", request.effective_date)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        division::divisions_lock(&mut tx).await?;
        let before = standing(&mut tx, &code, date, false).await?;
        kit::etag::check(&request.etag, &wire::division::etag(&before), &code.name())?;
        if before.display_name == display_name {
            return Err(Error::invalid(
                "display_name",
                display_name,
                "another name than the present one",
            ));
        }
        let edge = self.give_name(&mut tx, &before, display_name, date).await?;
        let response = reread(&mut tx, &code, date).await?;
        let event = DivisionRenamed {
            edge: Some(wire::lineage::edge(&edge)),
        };
        tx.emit("division.renamed", code.code(), &code.name(), &event);
        done(
            tx,
            request.validate_only,
            Change::new("rename", code.code(), &code.name()),
            response,
        )
        .await
    }

    pub(super) async fn merge(
        &self,
        call: &Call,
        request: MergeDivisionsRequest,
    ) -> Result<Response<MergeDivisionsResponse>> {
        require_id(&request.request_id)?;
        let target = Code::parse("target", &request.target)?;
        let sources = codes("sources", request.sources.iter().map(String::as_str), &target)?;
        let date = dates::required("effective_date", request.effective_date)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        division::divisions_lock(&mut tx).await?;
        let present = division::division_get(&mut tx, target.code(), date).await?;
        let mut edges = Vec::new();
        match (&present, request.display_name.as_str()) {
            (Some(_), "") => {
                standing(&mut tx, &target, date, false).await?;
            }
            (Some(row), name) => {
                let name = wire::names::text("display_name", name, LONGEST_NAME)?;
                standing(&mut tx, &target, date, false).await?;
                if row.display_name != name {
                    edges.push(self.give_name(&mut tx, row, name, date).await?);
                }
            }
            (None, name) => {
                let name = wire::names::text("display_name", name, LONGEST_NAME)?;
                begin(&mut tx, "target", &target, name, date).await?;
            }
        }
        let into = reread(&mut tx, &target, date).await?;
        let mut merged = Vec::new();
        for source in &sources {
            let before = standing(&mut tx, source, date, true).await?;
            let now = bulletin_clock::recorded_at(&mut tx).await?;
            division::division_end(&mut tx, source.code(), true, date, now).await?;
            merged.push(self.edge(&before, Some((&target, &into.display_name)), "MERGED", date));
        }
        self.add(&mut tx, &merged).await?;
        let event = DivisionMerged {
            target: target.name(),
            edges: wire::lineage::edges(&merged),
        };
        tx.emit("division.merged", target.code(), &target.name(), &event);
        edges.extend(merged);
        let response = MergeDivisionsResponse {
            target: Some(into),
            edges: wire::lineage::edges(&edges),
        };
        let names = sources.iter().map(Code::code).collect::<Vec<_>>().join(" ");
        let change = Change::new("merge", target.code(), &target.name()).detail(names);
        done(tx, request.validate_only, change, response).await
    }

    pub(super) async fn split(
        &self,
        call: &Call,
        request: SplitDivisionRequest,
    ) -> Result<Response<SplitDivisionResponse>> {
        require_id(&request.request_id)?;
        let source = Code::parse("name", &request.name)?;
        let parts = codes(
            "parts",
            request.parts.iter().map(|part| part.division.as_str()),
            &source,
        )?;
        let date = dates::required("effective_date", request.effective_date)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        division::divisions_lock(&mut tx).await?;
        let before = standing(&mut tx, &source, date, !request.keep).await?;
        let (mut edges, mut divisions) = (Vec::new(), Vec::new());
        for (index, (code, part)) in parts.iter().zip(&request.parts).enumerate() {
            let name = wire::names::text(
                &format!("parts[{index}].display_name"),
                &part.display_name,
                LONGEST_NAME,
            )?;
            if division::division_get(&mut tx, code.code(), date).await?.is_some() {
                return Err(Error::exists(code.name()));
            }
            begin(&mut tx, &format!("parts[{index}].division"), code, name, date).await?;
            edges.push(self.edge(&before, Some((code, name)), "SPLIT", date));
            divisions.push(reread(&mut tx, code, date).await?);
        }
        if !request.keep {
            let now = bulletin_clock::recorded_at(&mut tx).await?;
            division::division_end(&mut tx, source.code(), true, date, now).await?;
        }
        self.add(&mut tx, &edges).await?;
        let edges = wire::lineage::edges(&edges);
        let event = DivisionSplit {
            source: source.name(),
            edges: edges.clone(),
            kept: request.keep,
        };
        tx.emit("division.split", source.code(), &source.name(), &event);
        let change = Change::new("split", source.code(), &source.name());
        done(
            tx,
            request.validate_only,
            change,
            SplitDivisionResponse { divisions, edges },
        )
        .await
    }

    pub(super) async fn abolish(&self, call: &Call, request: AbolishDivisionRequest) -> Result<Response<Division>> {
        require_id(&request.request_id)?;
        let code = Code::parse("name", &request.name)?;
        let date = dates::required("effective_date", request.effective_date)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        division::divisions_lock(&mut tx).await?;
        let before = standing(&mut tx, &code, date, true).await?;
        kit::etag::check(&request.etag, &wire::division::etag(&before), &code.name())?;
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        division::division_end(&mut tx, code.code(), true, date, now).await?;
        let edge = self.edge(&before, None, "ABOLISHED", date);
        self.add(&mut tx, std::slice::from_ref(&edge)).await?;
        let event = DivisionAbolished {
            edge: Some(wire::lineage::edge(&edge)),
        };
        tx.emit("division.abolished", code.code(), &code.name(), &event);
        let eve = date.previous_day().unwrap_or(date);
        let response = reread(&mut tx, &code, eve).await?;
        done(
            tx,
            request.validate_only,
            Change::new("abolish", code.code(), &code.name()),
            response,
        )
        .await
    }

    /// Closes `before` on `date` and goes on with another name.
    async fn give_name(&self, tx: &mut Tx, before: &DivisionRow, name: &str, date: Date) -> Result<LineageRow> {
        let now = bulletin_clock::recorded_at(tx).await?;
        division::division_end(tx, &before.division_code, false, date, now).await?;
        let next = NewDivision {
            division_code: &before.division_code,
            parent_code: before.parent_code.as_deref(),
            display_name: name,
            level: &before.level,
            kind: &before.kind,
            valid_from: date,
        };
        division::division_begin(tx, &next, now).await?;
        let code = Code::parse("division", &before.division_code)?;
        let edge = self.edge(before, Some((&code, name)), "RENAMED", date);
        self.add(tx, std::slice::from_ref(&edge)).await?;
        Ok(edge)
    }

    fn edge(&self, before: &DivisionRow, successor: Option<(&Code, &str)>, kind: &str, date: Date) -> LineageRow {
        LineageRow {
            id: self.kit.ids.next(),
            division_code: before.division_code.clone(),
            successor_code: successor.map(|(code, _)| code.code().to_owned()),
            kind: kind.to_owned(),
            effective_date: date,
            predecessor_display_name: before.display_name.clone(),
            successor_display_name: successor.map(|(_, name)| name.to_owned()),
        }
    }

    async fn add(&self, tx: &mut Tx, edges: &[LineageRow]) -> Result<()> {
        let now = bulletin_clock::recorded_at(tx).await?;
        Ok(lineage::lineage_insert(tx, edges, now).await?)
    }
}

/// 1 to [`MOST`] different codes of the level of `other`, and none of them `other`.
fn codes<'a>(field: &str, values: impl ExactSizeIterator<Item = &'a str>, other: &Code) -> Result<Vec<Code>> {
    if !(1..=MOST).contains(&values.len()) {
        return Err(Error::invalid(field, values.len(), format!("1 to {MOST} divisions")));
    }
    let mut codes: Vec<Code> = Vec::with_capacity(values.len());
    for (index, value) in values.enumerate() {
        let field = format!("{field}[{index}]");
        let code = Code::parse(&field, value)?;
        if code.level() != other.level() {
            return Err(Error::invalid(
                field,
                value,
                format!("a division of the level of {other}"),
            ));
        }
        if &code == other || codes.contains(&code) {
            return Err(Error::invalid(
                field,
                value,
                format!("a division named once, other than {other}"),
            ));
        }
        codes.push(code);
    }
    Ok(codes)
}

/// The division in force on `date`, provided that neither it nor, with `subtree`, anything below it changes then or later:
/// a change cannot be put before another one that builds on it.
async fn standing(tx: &mut Tx, code: &Code, date: Date, subtree: bool) -> Result<DivisionRow> {
    let row = division::division_get(tx, code.code(), date)
        .await?
        .ok_or_else(|| Error::not_found(code.name()))?;
    if division::division_changes_from(tx, code.code(), subtree, date).await? {
        return Err(Error::rule(
            "DIVISION_LATER_CHANGE",
            code.name(),
            format!(
                "{} or a division below it begins, changes or ends on {date} or later already",
                code.name()
            ),
            format!("{} 或其下级在 {date} 当日或之后已有变更", code.name()),
        ));
    }
    Ok(row)
}

/// Adds a division that is not in force, under a parent that is.
async fn begin(tx: &mut Tx, field: &str, code: &Code, name: &str, date: Date) -> Result<()> {
    let parent = code
        .parent()
        .ok_or_else(|| Error::invalid(field, code, "a division below a province"))?;
    if division::division_get(tx, parent.code(), date).await?.is_none() {
        return Err(Error::invalid_because(
            "UNKNOWN_PARENT",
            field,
            code,
            format!("a code below a division in force on {date}"),
        ));
    }
    if division::division_changes_from(tx, code.code(), false, date).await? {
        return Err(Error::exists(code.name()));
    }
    let now = bulletin_clock::recorded_at(tx).await?;
    let new = NewDivision {
        division_code: code.code(),
        parent_code: Some(parent.code()),
        display_name: name,
        level: wire::division::level_name(code.level()),
        kind: wire::division::kind_by_digits(code),
        valid_from: date,
    };
    Ok(division::division_begin(tx, &new, now).await?)
}

async fn reread(tx: &mut Tx, code: &Code, date: Date) -> Result<Division> {
    let row = division::division_get(tx, code.code(), date).await?;
    row.as_ref()
        .map(wire::division::division)
        .ok_or_else(|| Error::internal("a division written is not there"))
}

/// Commits, or with `validate_only` undoes everything and answers what would have been.
pub(super) async fn done<R: Message>(tx: Tx, validate_only: bool, change: Change, response: R) -> Result<Response<R>> {
    if validate_only {
        tx.rollback().await?;
        return Ok(Response::new(response));
    }
    tx.finish(change, response).await
}
