//! Sections of plan packages: validated, compared, applied.

use proto::{
    google::r#type::Date,
    xiangtu::notifications::v1::{
        ApplyPlanRequest, Channel, DiffPlanRequest, GetPlanRequest, GetTemplateRequest, ListPlansRequest, PlanSection,
        PlanTemplate, Rule, RuleAudience, ValidatePlanRequest, VariableType,
    },
};
use tonic::Code;

use crate::world::{COUNTY, TOWNSHIP, VILLAGE, World, content, refused, variable};

fn section(body: &str) -> PlanSection {
    PlanSection {
        templates: vec![PlanTemplate {
            id: "bulletin".to_owned(),
            display_name: "周通报".to_owned(),
            variables: vec![variable("week", VariableType::Text)],
            contents: vec![content("zh-Hans", "第{{week}}周通报", body)],
        }],
        rules: vec![Rule {
            id: "bulletin".to_owned(),
            event_type: "bulletin.issued".to_owned(),
            template: "bulletin".to_owned(),
            audience: Some(RuleAudience {
                roles: vec!["village_secretary".to_owned()],
                subtree: true,
                ..RuleAudience::default()
            }),
            channels: vec![Channel::Inbox.into()],
            ..Rule::default()
        }],
        ..PlanSection::default()
    }
}

#[tokio::test]
async fn a_section_is_checked_compared_and_applied() {
    let world = World::start().await;
    world.recipient(VILLAGE, "village_secretary", "").await;
    let division = format!("divisions/{COUNTY}");
    let mut plans = world.plans();
    let bad = ValidatePlanRequest {
        division: division.clone(),
        section: Some(section("{{number}}")),
        effective_date: None,
    };
    let problems = plans
        .validate_plan(world.harness.request(COUNTY, bad))
        .await
        .expect("an answer")
        .into_inner()
        .problems;
    let told: Vec<_> = problems
        .iter()
        .map(|problem| (problem.path.as_str(), problem.reason.as_str()))
        .collect();
    assert_eq!(told, [("templates[0].contents[0].body", "UNKNOWN_VARIABLE")]);
    assert!(!problems[0].message_zh.is_empty());
    let status = world.apply(section("{{number}}")).await.expect_err("a contradiction");
    assert_eq!(refused(&status), ["section.templates[0].contents[0].body"]);

    let diff = |body: &str| DiffPlanRequest {
        division: division.clone(),
        section: Some(section(body)),
        effective_date: None,
    };
    let changes = plans
        .diff_plan(world.harness.request(COUNTY, diff("正文")))
        .await
        .expect("a diff")
        .into_inner()
        .changes;
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.path.as_str(), change.affected_count))
        .collect();
    assert_eq!(told, [("templates[0]", None), ("rules[0]", Some(1))]);

    let first = world.apply(section("正文")).await.expect("applied");
    assert_eq!(first.version, 1);
    let same = world.apply(section("正文")).await.expect("in force already");
    assert_eq!((same.name.as_str(), same.version), (first.name.as_str(), 1));
    let changes = plans
        .diff_plan(world.harness.request(COUNTY, diff("新")))
        .await
        .expect("a diff")
        .into_inner()
        .changes;
    let told: Vec<_> = changes
        .iter()
        .map(|c| (c.path.as_str(), c.before.as_str(), c.after.as_str()))
        .collect();
    assert_eq!(told, [("templates[0].contents[0].body", "正文", "新")]);
    let second = world.apply(section("新")).await.expect("applied");
    assert_eq!(second.version, 2);
    let get = GetTemplateRequest {
        name: format!("{division}/templates/bulletin"),
    };
    let template = world
        .templates()
        .get_template(world.harness.request(TOWNSHIP, get))
        .await
        .expect("the template");
    assert_eq!(template.into_inner().version, 2);

    let early = ApplyPlanRequest {
        division: division.clone(),
        section: Some(section("旧")),
        effective_date: Some(Date {
            year: 2020,
            month: 1,
            day: 1,
        }),
        request_id: world.request_id(),
        validate_only: false,
    };
    let status = plans
        .apply_plan(world.harness.request(COUNTY, early))
        .await
        .expect_err("before version 2");
    assert_eq!(refused(&status), ["effective_date"]);
    let listed = plans
        .list_plans(world.harness.request(TOWNSHIP, ListPlansRequest::default()))
        .await
        .expect("a list");
    let versions: Vec<_> = listed.into_inner().plans.iter().map(|plan| plan.version).collect();
    assert_eq!(versions, [2, 1], "whom a plan binds may read it");
    let get = || GetPlanRequest {
        name: second.name.clone(),
    };
    let found = plans
        .get_plan(world.harness.request(TOWNSHIP, get()))
        .await
        .expect("the plan")
        .into_inner();
    assert_eq!(found.section, Some(section("新")));
    let hidden = plans
        .get_plan(world.harness.request("410226", get()))
        .await
        .expect_err("another county");
    assert_eq!(hidden.code(), Code::NotFound);
    world.harness.stop().await;
}
