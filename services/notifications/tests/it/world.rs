//! A county with a receiving end, and shorthands for what most tests do.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use kit::testing::{Harness, Setup};
use notifications::receiver::{Behaviour, Receiver, Tally};
use notifications_core::signature::Secret;
use proto::xiangtu::notifications::v1::{
    ApplyPlanRequest, Audience, Channel, CreateEndpointRequest, CreateRecipientRequest, CreateTemplateRequest,
    Delivery, DeliveryState, Endpoint, GetDeliveryRequest, GetEndpointRequest, GetNoticeRequest, ListDeliveriesRequest,
    Notice, Plan, PlanSection, Priority, Recipient, SendNoticeRequest, Template, TemplateContent, Variable,
    VariableType, delivery_service_client::DeliveryServiceClient, endpoint_service_client::EndpointServiceClient,
    notice_service_client::NoticeServiceClient, plan_service_client::PlanServiceClient,
    recipient_service_client::RecipientServiceClient, template_service_client::TemplateServiceClient,
};
use time::OffsetDateTime;
use tonic::{Code, Status, transport::Channel as Wire};
use tonic_types::StatusExt as _;

pub const COUNTY: &str = "410225";
pub const TOWNSHIP: &str = "410225104";
pub const VILLAGE: &str = "410225104201";
pub const SIBLING: &str = "410225001";
pub const TEMPLATE: &str = "divisions/410225/templates/meeting";
/// 32 bytes.
pub const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
/// Another 32 bytes.
pub const NEXT_SECRET: &str = "whsec_MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

pub struct World {
    pub harness: Harness,
    pub receiver: Receiver,
}

macro_rules! clients {
    ($($name:ident: $client:ident),*) => {
        $(pub fn $name(&self) -> $client<Wire> {
            $client::new(self.harness.channel.clone())
        })*
    };
}

impl World {
    pub async fn start() -> Self {
        Self::with("127.0.0.0/8", None).await
    }

    /// A world where webhooks call no private address.
    pub async fn strict() -> Self {
        Self::with("", None).await
    }

    /// A world whose clock stands still.
    pub async fn at(now: OffsetDateTime) -> Self {
        Self::with("127.0.0.0/8", Some(now)).await
    }

    async fn with(allowed: &str, now: Option<OffsetDateTime>) -> Self {
        let variables = BTreeMap::from([
            ("XIANGTU_WEBHOOK_ALLOW".to_owned(), allowed.to_owned()),
            ("XIANGTU_WEBHOOK_TIMEOUT_S".to_owned(), "3".to_owned()),
        ]);
        let harness = Harness::with(notifications::service(), Setup { variables, now }).await;
        let secrets = [SECRET, NEXT_SECRET].map(|secret| Secret::parse(secret).expect("a secret"));
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let receiver = Receiver::start(anywhere, secrets.to_vec(), harness.kit.clock.clone()).await;
        Self {
            harness,
            receiver: receiver.expect("the receiver listens"),
        }
    }

    clients! {
        templates: TemplateServiceClient,
        recipients: RecipientServiceClient,
        endpoints: EndpointServiceClient,
        notices: NoticeServiceClient,
        deliveries: DeliveryServiceClient,
        plans: PlanServiceClient
    }

    pub fn request_id(&self) -> String {
        self.harness.kit.ids.next().to_string()
    }

    /// The county's template `meeting`: village and hour, in Chinese and English.
    pub async fn template(&self) -> Template {
        let request = CreateTemplateRequest {
            division: format!("divisions/{COUNTY}"),
            template_id: "meeting".to_owned(),
            template: Some(meeting()),
            ..CreateTemplateRequest::default()
        };
        let created = self
            .templates()
            .create_template(self.harness.request(COUNTY, request))
            .await;
        created.expect("the template is made").into_inner()
    }

    /// An endpoint of the county at `path` of the receiver.
    pub async fn endpoint(&self, path: &str, topics: &[&str]) -> Endpoint {
        let endpoint = Endpoint {
            url: self.receiver.url(path),
            ..endpoint(topics)
        };
        self.create_endpoint(endpoint).await.expect("the endpoint is made")
    }

    pub async fn create_endpoint(&self, endpoint: Endpoint) -> Result<Endpoint, Status> {
        let request = CreateEndpointRequest {
            endpoint: Some(endpoint),
            ..CreateEndpointRequest::default()
        };
        let created = self
            .endpoints()
            .create_endpoint(self.harness.request(COUNTY, request))
            .await;
        created.map(tonic::Response::into_inner)
    }

    pub async fn get_endpoint(&self, name: &str) -> Endpoint {
        let request = self
            .harness
            .request(COUNTY, GetEndpointRequest { name: name.to_owned() });
        self.endpoints()
            .get_endpoint(request)
            .await
            .expect("the endpoint")
            .into_inner()
    }

    pub async fn recipient(&self, division: &str, role: &str, subject: &str) -> Recipient {
        let recipient = Recipient {
            division: format!("divisions/{division}"),
            display_name: "王礼孝".to_owned(),
            roles: vec![role.to_owned()],
            person: format!("cadres/{division}-{role}"),
            subject: subject.to_owned(),
            ..Recipient::default()
        };
        let request = CreateRecipientRequest {
            recipient: Some(recipient),
            ..CreateRecipientRequest::default()
        };
        let created = self
            .recipients()
            .create_recipient(self.harness.request(COUNTY, request))
            .await;
        created.expect("the recipient is made").into_inner()
    }

    /// A notice of the township, to webhooks and to everybody in it.
    pub fn notice(&self, channels: &[Channel]) -> SendNoticeRequest {
        SendNoticeRequest {
            division: format!("divisions/{TOWNSHIP}"),
            topic: "meeting.called".to_owned(),
            template: TEMPLATE.to_owned(),
            variables: values(&[("village", "东坝头村"), ("day", "2024-11-04")]),
            audience: Some(Audience {
                division: format!("divisions/{TOWNSHIP}"),
                ..Audience::default()
            }),
            channels: channels.iter().map(|channel| i32::from(*channel)).collect(),
            priority: Priority::Normal.into(),
            request_id: self.request_id(),
            ..SendNoticeRequest::default()
        }
    }

    pub async fn try_send(&self, request: SendNoticeRequest) -> Result<Notice, Status> {
        let sent = self
            .notices()
            .send_notice(self.harness.request(TOWNSHIP, request))
            .await;
        sent.map(tonic::Response::into_inner)
    }

    pub async fn send(&self, channels: &[Channel]) -> Notice {
        self.try_send(self.notice(channels)).await.expect("the notice is sent")
    }

    pub async fn get_notice(&self, name: &str) -> Notice {
        let request = self.harness.request(COUNTY, GetNoticeRequest { name: name.to_owned() });
        self.notices()
            .get_notice(request)
            .await
            .expect("the notice")
            .into_inner()
    }

    pub async fn deliveries_of(&self, notice: &str) -> Vec<Delivery> {
        let request = ListDeliveriesRequest {
            notice: notice.to_owned(),
            ..ListDeliveriesRequest::default()
        };
        let listed = self
            .deliveries()
            .list_deliveries(self.harness.request(COUNTY, request))
            .await;
        listed.expect("the deliveries").into_inner().deliveries
    }

    /// The delivery with its attempts.
    pub async fn delivery(&self, name: &str) -> Delivery {
        let request = self
            .harness
            .request(COUNTY, GetDeliveryRequest { name: name.to_owned() });
        self.deliveries()
            .get_delivery(request)
            .await
            .expect("the delivery")
            .into_inner()
    }

    /// Waits until the only delivery of a notice is in `state`.
    pub async fn until_state(&self, notice: &str, state: DeliveryState) -> Delivery {
        let mut last = Vec::new();
        for _ in 0..600 {
            last = self.deliveries_of(notice).await;
            assert_eq!(last.len(), 1, "one delivery");
            if last[0].state() == state {
                return self.delivery(&last[0].name).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not {state:?} but {last:?}");
    }

    /// Waits until the receiver's tally is as wanted.
    pub async fn until_tally(&self, wanted: impl Fn(&Tally) -> bool) -> Tally {
        for _ in 0..600 {
            let tally = self.receiver.tally();
            if wanted(&tally) {
                return tally;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{:?}", self.receiver.tally());
    }

    pub fn behave(&self, path: &str, behaviour: Behaviour) {
        self.receiver.behave(path, behaviour);
    }

    /// Lets the time pass that a retry waits for.
    pub fn pass(&self, seconds: i64) {
        self.harness.kit.clock.advance(time::Duration::seconds(seconds));
    }

    pub async fn apply(&self, section: PlanSection) -> Result<Plan, Status> {
        let request = ApplyPlanRequest {
            division: format!("divisions/{COUNTY}"),
            section: Some(section),
            request_id: self.request_id(),
            ..ApplyPlanRequest::default()
        };
        let applied = self.plans().apply_plan(self.harness.request(COUNTY, request)).await;
        applied.map(tonic::Response::into_inner)
    }
}

/// An endpoint of the county without address.
pub fn endpoint(topics: &[&str]) -> Endpoint {
    Endpoint {
        division: format!("divisions/{COUNTY}"),
        display_name: "县平台".to_owned(),
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        secret: SECRET.to_owned(),
        ..Endpoint::default()
    }
}

pub fn variable(name: &str, kind: VariableType) -> Variable {
    Variable {
        name: name.to_owned(),
        r#type: kind.into(),
        ..Variable::default()
    }
}

pub fn content(language: &str, title: &str, body: &str) -> TemplateContent {
    TemplateContent {
        language: language.to_owned(),
        title: title.to_owned(),
        body: body.to_owned(),
    }
}

pub fn meeting() -> Template {
    Template {
        display_name: "会议通知".to_owned(),
        variables: vec![
            variable("village", VariableType::Text),
            variable("day", VariableType::Date),
        ],
        contents: vec![
            content("zh-Hans", "{{village}}会议", "请于{{day}}到{{village}}村委会开会。"),
            content("en", "Meeting in {{village}}", "Please come to {{village}} on {{day}}."),
        ],
        ..Template::default()
    }
}

pub fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The refused fields of a status.
pub fn refused(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_error_details();
    let violations = details
        .bad_request()
        .map(|bad| bad.field_violations.as_slice())
        .unwrap_or_default();
    violations.iter().map(|violation| violation.field.clone()).collect()
}

/// The stable reason of a status.
pub fn reason(status: &Status) -> String {
    status
        .get_error_details()
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_default()
}
