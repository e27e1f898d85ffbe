//! Recipients: masked, held in their division, imported in bulk.

use proto::xiangtu::{
    notifications::v1::{
        Channel, Contact, CreateRecipientRequest, DeleteRecipientRequest, GetRecipientRequest, ListRecipientsRequest,
        Recipient, UpdateRecipientRequest,
    },
    transfer::v1::{
        ImportHeader, ImportReport, ImportRequest, import_request::Part, import_service_client::ImportServiceClient,
    },
};
use tonic::Code;

use crate::world::{COUNTY, SIBLING, TOWNSHIP, VILLAGE, World, refused};

async fn import(world: &World, file: &str) -> ImportReport {
    let header = ImportHeader {
        register: "recipients".to_owned(),
        division: COUNTY.to_owned(),
        ..ImportHeader::default()
    };
    let parts = [Part::Header(header), Part::Chunk(file.as_bytes().to_vec())];
    let parts = parts.map(|part| ImportRequest { part: Some(part) });
    let request = world.harness.request(COUNTY, tokio_stream::iter(parts));
    let mut imports = ImportServiceClient::new(world.harness.channel.clone());
    imports.import(request).await.expect("a report").into_inner()
}

#[tokio::test]
async fn addresses_go_in_and_do_not_come_out() {
    let world = World::start().await;
    let recipient = Recipient {
        division: VILLAGE.to_owned(),
        display_name: "王礼孝".to_owned(),
        roles: vec!["village_secretary".to_owned()],
        contacts: vec![Contact {
            channel: Channel::Sms.into(),
            address: "13800001111".to_owned(),
            masked_address: String::new(),
        }],
        ..Recipient::default()
    };
    let create = CreateRecipientRequest {
        recipient: Some(recipient),
        ..CreateRecipientRequest::default()
    };
    let mut recipients = world.recipients();
    let created = recipients
        .create_recipient(world.harness.request(COUNTY, create))
        .await
        .expect("made")
        .into_inner();
    assert_eq!(
        (
            created.contacts[0].address.as_str(),
            created.contacts[0].masked_address.as_str()
        ),
        ("", "138****1111")
    );
    assert_eq!(
        (created.language.as_str(), created.division.as_str()),
        ("zh-Hans", "divisions/410225104201")
    );

    let update = |etag: &str, path: &str| UpdateRecipientRequest {
        recipient: Some(Recipient {
            name: created.name.clone(),
            etag: etag.to_owned(),
            display_name: "王瑞军".to_owned(),
            ..Recipient::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec![path.to_owned()],
        }),
        ..UpdateRecipientRequest::default()
    };
    let request = world.harness.request(COUNTY, update(&created.etag, "display_name"));
    let updated = recipients
        .update_recipient(request)
        .await
        .expect("changed")
        .into_inner();
    assert_eq!((updated.display_name.as_str(), updated.contacts.len()), ("王瑞军", 1));
    let request = world.harness.request(COUNTY, update(&created.etag, "display_name"));
    assert_eq!(
        recipients
            .update_recipient(request)
            .await
            .expect_err("an old etag")
            .code(),
        Code::Aborted
    );
    let request = world.harness.request(COUNTY, update("", "display_name"));
    assert_eq!(
        refused(&recipients.update_recipient(request).await.expect_err("no etag")),
        ["recipient.etag"]
    );
    let request = world.harness.request(COUNTY, update("x", "create_time"));
    assert_eq!(
        refused(&recipients.update_recipient(request).await.expect_err("a bad mask")),
        ["update_mask"]
    );

    let get = || GetRecipientRequest {
        name: created.name.clone(),
    };
    let hidden = recipients
        .get_recipient(world.harness.request(SIBLING, get()))
        .await
        .expect_err("another township");
    assert_eq!(hidden.code(), Code::NotFound);
    let delete = DeleteRecipientRequest {
        name: created.name.clone(),
        ..DeleteRecipientRequest::default()
    };
    recipients
        .delete_recipient(world.harness.request(TOWNSHIP, delete))
        .await
        .expect("removed");
    let gone = recipients
        .get_recipient(world.harness.request(COUNTY, get()))
        .await
        .expect_err("removed");
    assert_eq!(gone.code(), Code::NotFound);
    world.harness.stop().await;
}

#[tokio::test]
async fn bad_recipients_are_refused_field_by_field() {
    let world = World::start().await;
    world.recipient(VILLAGE, "village_secretary", "").await;
    let good = Recipient {
        division: VILLAGE.to_owned(),
        display_name: "王".to_owned(),
        roles: vec!["a".to_owned()],
        ..Recipient::default()
    };
    let contact = |channel: Channel, address: &str| Contact {
        channel: channel.into(),
        address: address.to_owned(),
        masked_address: String::new(),
    };
    let phone = |address| vec![contact(Channel::Sms, address)];
    let cases = [
        (
            "recipient.division",
            Recipient {
                division: "4102251".to_owned(),
                ..good.clone()
            },
        ),
        (
            "recipient.display_name",
            Recipient {
                display_name: " ".to_owned(),
                ..good.clone()
            },
        ),
        (
            "recipient.roles[0]",
            Recipient {
                roles: vec!["Leader".to_owned()],
                ..good.clone()
            },
        ),
        (
            "recipient.language",
            Recipient {
                language: "中文".to_owned(),
                ..good.clone()
            },
        ),
        (
            "recipient.contacts[0].address",
            Recipient {
                contacts: phone("1380000111"),
                ..good.clone()
            },
        ),
        (
            "recipient.contacts[0].channel",
            Recipient {
                contacts: vec![contact(Channel::Inbox, "x")],
                ..good.clone()
            },
        ),
    ];
    for (field, recipient) in cases {
        let create = CreateRecipientRequest {
            recipient: Some(recipient),
            ..CreateRecipientRequest::default()
        };
        let status = world
            .recipients()
            .create_recipient(world.harness.request(COUNTY, create))
            .await;
        assert_eq!(refused(&status.expect_err(field)), [field]);
    }
    let person = format!("cadres/{VILLAGE}-village_secretary");
    let create = CreateRecipientRequest {
        recipient: Some(Recipient { person, ..good }),
        ..CreateRecipientRequest::default()
    };
    let taken = world
        .recipients()
        .create_recipient(world.harness.request(COUNTY, create))
        .await;
    assert_eq!(taken.expect_err("taken").code(), Code::AlreadyExists);
    world.harness.stop().await;
}

#[tokio::test]
async fn a_register_is_imported_and_imported_again() {
    let world = World::start().await;
    let header = "person,name,division_code,roles,phone\n";
    let file = format!(
        "{header}cadres/a,王礼孝,410225104,township_leader,12036808237\ncadres/b,张伟大,410225104201,village_secretary|grid_worker,\n"
    );
    let report = import(&world, &file).await;
    assert!(report.applied, "{report:?}");
    assert_eq!((report.inserted_count, report.unchanged_count), (2, 0));
    let report = import(&world, &file).await;
    assert_eq!(
        (report.inserted_count, report.updated_count, report.unchanged_count),
        (0, 0, 2)
    );
    let changed = file.replace("12036808237", "12036808238").replace("|grid_worker", "");
    let report = import(&world, &changed).await;
    assert_eq!((report.updated_count, report.unchanged_count), (2, 0));

    let bad = format!("{header}cadres/c,王,410226001,a,\ncadres/c,王,410225104,A,1\n");
    let report = import(&world, &bad).await;
    let told: Vec<_> = report
        .errors
        .iter()
        .map(|error| (error.line, error.column.as_str(), error.reason.as_str()))
        .collect();
    assert_eq!(told, [(3, "roles", "BAD_VALUE")]);
    let report = import(
        &world,
        &format!("{header}cadres/c,王,410226001,a,\ncadres/c,王,410225104,a,\n"),
    )
    .await;
    let told: Vec<_> = report
        .errors
        .iter()
        .map(|error| (error.line, error.reason.as_str()))
        .collect();
    assert_eq!(told, [(3, "DUPLICATE"), (2, "OUTSIDE_DIVISION")]);
    assert!(!report.applied);

    let list = |division: &str, filter: &str, role: &str| ListRecipientsRequest {
        division: division.to_owned(),
        filter: filter.to_owned(),
        role: role.to_owned(),
        page_size: 1,
        ..ListRecipientsRequest::default()
    };
    let mut recipients = world.recipients();
    let request = world.harness.request(COUNTY, list("", "", ""));
    let first = recipients.list_recipients(request).await.expect("a page").into_inner();
    assert_eq!(first.recipients.len(), 1);
    let next = ListRecipientsRequest {
        page_token: first.next_page_token.clone(),
        ..list("", "", "")
    };
    let second = recipients
        .list_recipients(world.harness.request(COUNTY, next))
        .await
        .expect("a page")
        .into_inner();
    assert_eq!((second.recipients.len(), second.next_page_token.as_str()), (1, ""));
    assert_ne!(first.recipients[0].name, second.recipients[0].name);
    let other = ListRecipientsRequest {
        page_token: first.next_page_token,
        ..list("", "", "grid_worker")
    };
    let status = recipients
        .list_recipients(world.harness.request(COUNTY, other))
        .await
        .expect_err("another query");
    assert_eq!(refused(&status), ["page_token"]);
    let request = world.harness.request(COUNTY, list("", "person = \"cadres/a\"", ""));
    let found = recipients.list_recipients(request).await.expect("a page").into_inner();
    assert_eq!(found.recipients[0].contacts[0].masked_address, "120****8238");
    world.harness.stop().await;
}
