//! The registers of Lankao are those of the real county, as far as it is known.

use std::{collections::HashMap, fs::File, path::Path};

use flate2::read::GzDecoder;
use seed::{County, Lists, Plan, Residence, Writer, bins, hamlets, households, parcels};

fn list(name: &str) -> GzDecoder<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/lankao");
    GzDecoder::new(File::open(folder.join(format!("{name}.csv.gz"))).expect("list"))
}

fn lankao() -> County {
    County::read(Lists {
        villages: list("villages"),
        groups: list("groups"),
        indicators: list("village_indicators"),
        points: list("collection_points"),
        cadres: list("cadres"),
        counts: list("register_counts"),
    })
    .expect("lists are in order")
}

#[test]
fn counts_are_exact() {
    let (county, plan) = (lankao(), Plan::default());
    assert_eq!(county.villages.len(), 469);
    let mut total = [0; 4];
    for village in &county.villages {
        let rows = households(village, plan);
        assert_eq!(rows.len(), village.household_count as usize, "{}", village.code);
        let sum = |of: fn(&seed::Household<'_>) -> u32| rows.iter().map(of).sum::<u32>();
        assert_eq!(
            sum(|row| row.registered_persons),
            village.registered_person_count,
            "{}",
            village.code
        );
        assert_eq!(
            sum(|row| row.resident_persons),
            village.resident_person_count,
            "{}",
            village.code
        );
        let parcels = parcels(village, &rows, plan);
        assert_eq!(parcels.len(), village.parcel_count as usize, "{}", village.code);
        let bins = bins(village, plan);
        assert_eq!(
            bins.iter().map(|bin| bin.households_served).sum::<u32>(),
            village.household_count
        );
        let hamlets = hamlets(village, plan);
        assert_eq!(
            hamlets.iter().map(|hamlet| hamlet.household_count).sum::<u32>(),
            village.household_count
        );
        total = [
            total[0] + rows.len(),
            total[1] + parcels.len(),
            total[2] + bins.len(),
            total[3] + hamlets.len(),
        ];
    }
    assert_eq!(total, [285_775, 288_643, 39_273, 5_182]);
}

#[test]
fn bins_stand_where_the_list_of_points_says() {
    let county = lankao();
    for village in &county.villages {
        let mut at: HashMap<&str, u32> = HashMap::new();
        for bin in bins(village, Plan::default()) {
            *at.entry(bin.point).or_default() += 1;
        }
        for point in &village.points {
            assert_eq!(at.get(point.id.as_str()), Some(&point.bin_count), "{}", point.id);
        }
    }
}

#[test]
fn registers_agree_with_one_another() {
    let county = lankao();
    for village in county.villages.iter().step_by(40) {
        let rows = households(village, Plan::default());
        assert!(
            rows.iter()
                .all(|row| row.residence != Residence::Vacant || row.resident_persons == 0)
        );
        assert!(rows.iter().all(|row| row.resident_persons <= row.registered_persons));
        let mut cadres: HashMap<&str, &str> = HashMap::new();
        for parcel in parcels(village, &rows, Plan::default()) {
            let owes = parcel.over_dm2.is_some_and(|over| over > 0);
            assert_eq!(owes, !parcel.cadre.is_empty(), "a debtor has a cadre, nobody else");
            if owes {
                let cadre = cadres.entry(parcel.household).or_insert(parcel.cadre);
                assert_eq!(*cadre, parcel.cadre, "one cadre a household");
            }
            let expected = match (parcel.number, parcel.area_dm2) {
                (_, None) => None,
                (1, Some(area)) => Some((area - parcel.quota_dm2).max(0)),
                (_, Some(area)) => Some(area),
            };
            assert_eq!(parcel.over_dm2, expected);
        }
    }
}

#[test]
fn two_runs_write_the_same_bytes_and_another_seed_others() {
    let county = lankao();
    let village = &county.villages[100];
    let write = |seed| {
        let writer = Writer(Plan {
            seed,
            scale_percent: 100,
        });
        [
            writer.households(village),
            writer.homesteads(village),
            writer.bins(village),
        ]
    };
    assert_eq!(write(1), write(1));
    assert_ne!(write(1), write(2));
}

#[test]
fn scale_multiplies_the_county() {
    let county = lankao();
    let village = &county.villages[100];
    for scale_percent in [10, 1_000] {
        let plan = Plan {
            scale_percent,
            ..Plan::default()
        };
        let expected = (village.household_count * scale_percent + 50) / 100;
        let rows = households(village, plan);
        assert_eq!(rows.len(), expected as usize);
        assert_eq!(
            parcels(village, &rows, plan).len(),
            ((village.parcel_count * scale_percent + 50) / 100) as usize
        );
    }
}
