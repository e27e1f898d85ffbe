//! Templates: versions, texts, problems.

use proto::xiangtu::notifications::v1::{
    CreateTemplateRequest, GetTemplateRequest, ListTemplatesRequest, PreviewTemplateRequest, ReviseTemplateRequest,
    Template, VariableType,
};
use tonic::Code;

use crate::world::{COUNTY, SIBLING, TEMPLATE, TOWNSHIP, World, content, meeting, reason, refused, values, variable};

fn preview(pairs: &[(&str, &str)], language: &str) -> PreviewTemplateRequest {
    PreviewTemplateRequest {
        name: TEMPLATE.to_owned(),
        variables: values(pairs),
        language: language.to_owned(),
    }
}

#[tokio::test]
async fn a_version_never_changes_and_a_revision_adds_one() {
    let world = World::start().await;
    let first = world.template().await;
    assert_eq!((first.version, first.digest.len()), (1, 64));
    let revise = |base_version, template| ReviseTemplateRequest {
        name: TEMPLATE.to_owned(),
        base_version,
        template: Some(template),
        ..ReviseTemplateRequest::default()
    };
    let changed = Template {
        contents: vec![content("zh-Hans", "改", "{{village}}{{day}}")],
        ..meeting()
    };
    let request = world.harness.request(COUNTY, revise(1, changed.clone()));
    let second = world
        .templates()
        .revise_template(request)
        .await
        .expect("revised")
        .into_inner();
    assert_eq!(second.version, 2);
    let request = world.harness.request(COUNTY, revise(1, changed.clone()));
    let late = world
        .templates()
        .revise_template(request)
        .await
        .expect_err("somebody was faster");
    assert_eq!(late.code(), Code::Aborted);
    // A township reads the county's template and does not revise it.
    let request = world.harness.request(TOWNSHIP, revise(2, changed));
    let below = world
        .templates()
        .revise_template(request)
        .await
        .expect_err("not its own");
    assert_eq!(below.code(), Code::NotFound);
    for (name, title) in [(TEMPLATE.to_owned(), "改"), (first.name, "{{village}}会议")] {
        let request = world.harness.request(TOWNSHIP, GetTemplateRequest { name });
        let found = world
            .templates()
            .get_template(request)
            .await
            .expect("found")
            .into_inner();
        assert_eq!(found.contents[0].title, title);
    }
    world.harness.stop().await;
}

#[tokio::test]
async fn another_county_sees_nothing() {
    let world = World::start().await;
    world.template().await;
    let name = TEMPLATE.to_owned();
    let request = world.harness.request("410226", GetTemplateRequest { name });
    let hidden = world
        .templates()
        .get_template(request)
        .await
        .expect_err("another county");
    assert_eq!(hidden.code(), Code::NotFound);
    let request = world.harness.request("410226", ListTemplatesRequest::default());
    let listed = world
        .templates()
        .list_templates(request)
        .await
        .expect("a list")
        .into_inner();
    assert!(listed.templates.is_empty());
    let request = world.harness.request(SIBLING, ListTemplatesRequest::default());
    let listed = world
        .templates()
        .list_templates(request)
        .await
        .expect("a list")
        .into_inner();
    assert_eq!(listed.templates.len(), 1);
    world.harness.stop().await;
}

#[tokio::test]
async fn values_are_checked_by_name() {
    let world = World::start().await;
    world.template().await;
    let mut templates = world.templates();
    let request = world.harness.request(
        TOWNSHIP,
        preview(&[("village", "东坝头村"), ("day", "2024-02-29")], "en-GB"),
    );
    let shown = templates
        .preview_template(request)
        .await
        .expect("rendered")
        .into_inner();
    assert_eq!(
        (shown.language.as_str(), shown.title.as_str()),
        ("en", "Meeting in 东坝头村")
    );
    let request = world
        .harness
        .request(TOWNSHIP, preview(&[("day", "2023-02-29"), ("hour", "9")], ""));
    let status = templates.preview_template(request).await.expect_err("three mistakes");
    assert_eq!(
        refused(&status),
        ["variables[\"village\"]", "variables[\"day\"]", "variables[\"hour\"]"]
    );
    world.harness.stop().await;
}

#[tokio::test]
async fn every_problem_of_a_text_is_named() {
    let world = World::start().await;
    let bad = Template {
        display_name: String::new(),
        variables: vec![
            variable("a", VariableType::Text),
            variable("a", VariableType::Unspecified),
        ],
        contents: vec![content("zh-Hans", "{{b}}", "{{a"), content("Chinese", "标题", "x")],
        ..Template::default()
    };
    let request = CreateTemplateRequest {
        division: COUNTY.to_owned(),
        template_id: "bad".to_owned(),
        template: Some(bad),
        ..CreateTemplateRequest::default()
    };
    let request = world.harness.request(COUNTY, request);
    let status = world
        .templates()
        .create_template(request)
        .await
        .expect_err("many mistakes");
    assert_eq!(
        refused(&status),
        [
            "template.display_name",
            "template.variables[1].name",
            "template.variables[1].type",
            "template.contents[0].title",
            "template.contents[0].body",
            "template.contents[1].language",
        ]
    );
    world.harness.stop().await;
}

#[tokio::test]
async fn an_id_is_taken_once_and_a_request_answers_once() {
    let world = World::start().await;
    let request_id = world.request_id();
    let create = |display_name: &str| CreateTemplateRequest {
        division: format!("divisions/{COUNTY}"),
        template_id: "meeting".to_owned(),
        template: Some(Template {
            display_name: display_name.to_owned(),
            ..meeting()
        }),
        request_id: request_id.clone(),
        validate_only: false,
    };
    let mut templates = world.templates();
    let first = templates
        .create_template(world.harness.request(COUNTY, create("会议")))
        .await
        .expect("made");
    let again = templates
        .create_template(world.harness.request(COUNTY, create("会议")))
        .await
        .expect("the first answer");
    assert_eq!(first.into_inner(), again.into_inner());
    let other = templates
        .create_template(world.harness.request(COUNTY, create("别的")))
        .await
        .expect_err("another body");
    assert_eq!(reason(&other), "REQUEST_ID_REUSED");
    let new = CreateTemplateRequest {
        request_id: String::new(),
        ..create("会议")
    };
    let taken = templates
        .create_template(world.harness.request(COUNTY, new))
        .await
        .expect_err("taken");
    assert_eq!(taken.code(), Code::AlreadyExists);
    let outside = CreateTemplateRequest {
        request_id: String::new(),
        ..create("会议")
    };
    let outside = templates
        .create_template(world.harness.request(TOWNSHIP, outside))
        .await
        .expect_err("above");
    assert_eq!(outside.code(), Code::NotFound);
    world.harness.stop().await;
}
