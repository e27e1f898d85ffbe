//! The sheet for a village's weekly meeting.

use kit::{
    call::Call,
    division::{Division as Code, Level},
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{GetMeetingSheetRequest, MeetingItem, MeetingSheet};
use villages_core::{progress::WeekFigures, week::Week};

use super::{task::TaskApi, task_load};
use crate::{
    store::{
        bulletin_clock, lineage,
        rating_facts::{self, At},
    },
    wire,
};

impl TaskApi {
    pub(super) async fn meeting(&self, call: &Call, request: &GetMeetingSheetRequest) -> Result<MeetingSheet> {
        let division = Code::parse("division", &request.division)?;
        if division.level() != Level::Village {
            return Err(Error::invalid("division", &request.division, "a village, 12 digits"));
        }
        let week = wire::plan::week("week", &request.week, Week::of(self.kit.clock.today()))?;
        let mut tx = self.kit.db.read(call).await?;
        let at = At {
            date: week.last_day(),
            known_at: bulletin_clock::present(&mut tx).await?,
        };
        let village = rating_facts::divisions_named(&mut tx, division.code(), "VILLAGE", at).await?;
        let village = village
            .into_iter()
            .next()
            .ok_or_else(|| Error::not_found(division.name()))?;
        // What was begun in a village that merged in goes on here.
        let villages = lineage::lineage_merged_into(&mut tx, division.code(), at.date, Some(at.known_at)).await?;
        let mut tasks = Vec::new();
        for village in &villages {
            tasks.extend(task_load::known(&mut tx, village, week.last_day(), at.known_at).await?);
        }
        let mut items: Vec<MeetingItem> = Vec::new();
        for task in &tasks {
            let figures = WeekFigures::of(task.spread.as_ref(), &task.timeline, week);
            if figures.done - figures.week_done < task.goal {
                let mut item = wire::task::meeting_item(task, figures, week);
                let leader = task.tenures.iter().rfind(|tenure| tenure.start <= week.last_day());
                let leader = leader.or(task.tenures.first());
                item.leader = leader.map(|tenure| wire::task::person(&tenure.cadre, &tenure.display_name));
                items.push(item);
            }
        }
        items.sort_by_cached_key(|item| {
            let leader = item.leader.as_ref().map(|leader| leader.cadre.clone());
            let deadline = item.deadline.map(|day| (day.year, day.month, day.day));
            (leader, deadline, item.task.clone())
        });
        Ok(MeetingSheet {
            division: division.name(),
            display_name: village.display_name,
            week: week.to_string(),
            items,
        })
    }
}
