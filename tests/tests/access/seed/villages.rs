//! Registers, a plan, a figure with a case about it, ratings, a task that is behind and blocked, and the bulletin with the step of the ladder that follows.

use kit::clock::Clock;
use serde_json::{Value as Json, json};

use super::{Seed, VILLAGE, ago, ahead, first, hours, text};
use crate::{OWN, SIBLING};

pub async fn sow(seed: &mut Seed<'_>) {
    let of = "villages";
    let divisions = format!("code,name\n410225,兰考县\n{OWN},东坝头镇\n{SIBLING},谷营镇\n{VILLAGE},一村\n");
    let cadres = format!(
        "cadre_id,name,post,org_code,phone\nS1,王礼孝,village_secretary,{VILLAGE},13800000000\n\
         G1,赵水志,grid_worker,{VILLAGE},13800000001\nL1,王瑞军,township_leader,{SIBLING},13800000002\n"
    );
    let households = format!(
        "household_id,village_code,head_name,registered_persons,resident_persons,status,low_income,sewage_connected,\
         five_beauty\nH1,{VILLAGE},王礼孝,4,3,resident,0,1,0\nH2,{VILLAGE},李梅,4,3,resident,0,1,0\n"
    );
    for (register, csv) in [("divisions", divisions), ("cadres", cadres), ("households", households)] {
        seed.import(of, register, &csv).await;
    }
    let rename = json!({
        "name": format!("divisions/{VILLAGE}"), "display_name": "谷营一村", "effective_date": ago(60),
    });
    seed.call(of, "DivisionService.RenameDivision", rename).await;
    let registration = json!({
        "household_id": "H3", "division": format!("divisions/{VILLAGE}"), "head_name": "赵水志",
        "registered_person_count": 1, "residence_status": "RESIDENT",
    });
    let split = json!({
        "name": "households/H1", "registration": registration, "effective_date": ago(60), "basis": "分户申请",
    });
    seed.call(of, "HouseholdService.SplitHousehold", split).await;
    let proposal = json!({
        "target": "households/H2", "values": {"phone": "13800000003"}, "reason": "换号", "evidence": ["申请表"],
    });
    seed.call(of, "ChangeRequestService.ProposeChange", proposal).await;
    let plan = json!({"section": section(), "effective_date": ago(30)});
    seed.call(of, "PlanService.ApplyPlan", plan).await;
    let measurement = json!({
        "division": format!("divisions/{VILLAGE}"), "indicator": "toilet", "as_of_date": ago(1), "numerator": 7,
        "denominator": 10, "source": "SELF_REPORT",
    });
    let claim = json!({"measurement": measurement});
    let claim = seed.call(of, "MeasurementService.RecordMeasurement", claim).await;
    let case = json!({"claim": text(&claim, "name"), "reason": "举报与实际不符"});
    seed.call(of, "CaseService.OpenCase", case).await;
    grids(seed).await;
    let area = json!({
        "code": format!("{SIBLING}-P1"), "display_name": "东片", "tree": "contracted", "division": SIBLING,
        "members": [format!("divisions/{VILLAGE}")],
    });
    let draw = json!({"division": SIBLING, "effective_date": ago(60), "areas": [area]});
    seed.call(of, "AreaService.DrawAreas", draw).await;
    seed.call(of, "RatingService.RateVillages", json!({"division": SIBLING}))
        .await;
    let application = json!({"division": format!("divisions/{VILLAGE}"), "tier": "compliant"});
    seed.call(of, "AcceptanceService.ApplyForAcceptance", application).await;
    let generate = json!({"division": SIBLING, "as_of": ago(28)});
    seed.call(of, "TaskService.GenerateTasks", generate).await;
    let tasks = seed.call(of, "TaskService.ListTasks", json!({})).await;
    let blocker = json!({
        "task": text(&first(&tasks, "tasks"), "name"), "kind": "WEATHER", "start_date": ago(1), "end_date": ahead(1),
        "reason": "降雨",
    });
    seed.call(of, "BlockerService.ReportBlocker", json!({"blocker": blocker}))
        .await;
    let progress =
        json!({"task": text(&first(&tasks, "tasks"), "name"), "report_date": ago(20), "cumulative_count": 1});
    seed.call(of, "TaskService.ReportProgress", progress).await;
    seed.call(of, "BulletinService.IssueBulletin", json!({"division": SIBLING}))
        .await;
    points(seed).await;
    honours(seed).await;
    branch(seed).await;
}

/// Rules, points of a household, and goods for them.
async fn points(seed: &Seed<'_>) {
    let of = "villages";
    let division = format!("divisions/{VILLAGE}");
    let rules = json!({
        "division": division, "resolution": "决议 1", "effective_date": ago(60),
        "items": [{"code": "clean_yard", "display_name": "庭院整洁", "points": 10}],
    });
    seed.call(of, "PointRulesService.ApplyPointRules", json!({"rules": rules}))
        .await;
    let award = json!({"household": "households/H1", "item": "clean_yard", "occurrence_date": ago(2)});
    seed.call(of, "PointService.AwardPoints", award).await;
    let goods = json!({"division": division, "display_name": "洗衣粉", "price_points": 1, "stock_count": 9});
    seed.call(of, "PointRulesService.CreatePointGoods", json!({"goods": goods}))
        .await;
}

/// An honour, a yuan, a showcase.
async fn honours(seed: &Seed<'_>) {
    let of = "villages";
    let today = Clock::system().today();
    let (month, quarter) = (u8::from(today.month()), u8::from(today.month()).div_ceil(3));
    let nominate = json!({
        "household": "households/H1", "kind": "CIVILISED_HOUSEHOLD", "season": format!("{}-Q{quarter}", today.year()),
        "reason": "邻里和睦",
    });
    seed.call(of, "HonourService.NominateHonour", nominate).await;
    let yuan = json!({
        "division": VILLAGE, "month": format!("{}-{month:02}", today.year()), "households": ["households/H1"],
    });
    seed.call(of, "HonourService.RecordOneYuan", yuan).await;
    let consent = json!({"person_name": "王礼孝", "consent_date": ago(1), "evidence": "同意书"});
    let showcase = json!({
        "division": VILLAGE, "kind": "EXPERIENCE", "title": "积分治村", "consent": consent,
        "text": "以积分换物品，以物品促整洁，户户参与，月月公示。",
    });
    seed.call(of, "ShowcaseService.NominateShowcase", json!({"showcase": showcase}))
        .await;
}

/// Stars of a branch and red points of a member.
async fn branch(seed: &Seed<'_>) {
    let of = "villages";
    let red_point = json!({
        "division": VILLAGE, "member": "cadres/G1", "item": "主题党日", "points": 5, "occurrence_date": ago(1),
    });
    seed.call(of, "BranchService.RecordRedPoint", json!({"red_point": red_point}))
        .await;
    let star = |star: &str| json!({"star": star, "reason": "对照标准评定"});
    let stars = [
        "STRONG_BRANCH",
        "THRIVING_TRADE",
        "LIVEABLE",
        "SAFE_AND_LAWFUL",
        "CIVILISED_AND_HAPPY",
    ]
    .map(star);
    let assessment = json!({"division": VILLAGE, "year": 2024, "stars": stars, "decider": "cadres/L1"});
    seed.call(of, "BranchService.AssessBranch", json!({"assessment": assessment}))
        .await;
}

/// A large grid with somebody on duty, a hotspot in it, and the fixed source that it was.
async fn grids(seed: &mut Seed<'_>) {
    let of = "villages";
    let corners = [
        (114.8, 34.8),
        (114.9, 34.8),
        (114.9, 34.9),
        (114.8, 34.9),
        (114.8, 34.8),
    ];
    let points: Vec<Json> = corners
        .iter()
        .map(|(longitude, latitude)| json!({"longitude": longitude, "latitude": latitude}))
        .collect();
    let grid = json!({
        "code": format!("{SIBLING}-1"), "display_name": "谷营大网格", "size": "LARGE", "division": SIBLING,
        "boundary": {"polygons": [{"outer": {"points": points}}]},
    });
    let draw = json!({"division": SIBLING, "effective_date": ago(60), "grids": [grid]});
    seed.call(of, "GridService.DrawGrids", draw).await;
    let shift = json!({"person": {"cadre": "cadres/S1"}, "start_time": hours(-48), "end_time": hours(48)});
    let roster = json!({
        "grid": format!("grids/{SIBLING}-1"), "start_time": hours(-48), "end_time": hours(48), "shifts": [shift],
    });
    seed.call(of, "GridService.ReplaceRoster", roster).await;
    let report = json!({
        "division": SIBLING, "position": {"longitude": 114.85, "latitude": 34.85}, "source": "PATROL",
    });
    let hotspot = seed.call(of, "HotspotService.ReportHotspot", report).await;
    let triage = json!({
        "name": text(&hotspot, "name"), "verdict": "FIXED_SOURCE",
        "fixed_source": {"display_name": "砖厂", "radius_m": 100},
    });
    seed.call(of, "HotspotService.TriageHotspot", triage).await;
}

fn section() -> Json {
    json!({
        "code": "plan", "display_name": "工作方案", "division": format!("divisions/{SIBLING}"),
        "start_date": ago(400), "end_date": ahead(400),
        "indicators": [
            {"code": "toilet", "display_name": "户厕改造率", "unit": "户", "kind": "RATIO", "weight": 10},
            {"code": "bins", "display_name": "垃圾桶", "unit": "只", "kind": "COUNT"},
        ],
        "tiers": [{
            "code": "compliant", "display_name": "达标村", "rank": 1,
            "criteria": [{"indicator": "toilet", "threshold": "70%"}],
        }],
        "batches": [{
            "code": "rest", "display_name": "其他村", "target_tier": "compliant", "acceptance_date": ahead(300),
        }],
        "task_templates": [{
            "code": "set_bins", "display_name": "垃圾桶布设", "indicator": "bins", "fixed_goal_count": 3_000,
            "leader_post": "VILLAGE_SECRETARY", "start_date": ago(28), "deadline": ahead(100),
        }],
        "ladder": {"steps": [{
            "code": "first", "display_name": "首次", "trigger": "MISSED_WEEK", "occurrence": 1,
            "measure": "PAY_DEDUCTION", "approval_post": "TOWNSHIP_LEADER", "defence_days": 5,
        }]},
    })
}
