//! Who pays: the order of the rule, one verdict for everything, and no cover that makes it dearer.

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::agreement_templates::FeeMode;
use crate::installed_products::{MainPartCover, WarrantyReason, WarrantyStage, WarrantyState};
use crate::kernel::Date;
use crate::kernel::stamp::tests::stamp;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn on() -> Date {
    day("2027-06-01")
}

fn word(text: &str) -> WordCode {
    WordCode::new(text).unwrap()
}

/// A unit that is good as a whole, in its compressor, on site and in its parts until these days.
fn warranty(whole: &str, part: &str, on_site: &str, parts: &str) -> WarrantyState {
    WarrantyState {
        at: on(),
        stage: WarrantyStage::OutOfWarranty,
        start: Some(day("2026-03-01")),
        start_basis: None,
        whole_until: Some(day(whole)),
        main_parts: vec![MainPartCover {
            part_category: word("compressor"),
            until: day(part),
            suspended_days: 0,
        }],
        suspended_days: 0,
        free_on_site_until: Some(day(on_site)),
        parts_free_until: Some(day(parts)),
        is_by_law: true,
        excludes_consumables: true,
        reasons: Vec::new(),
    }
}

const PAST: &str = "2027-03-11";
const LATER: &str = "2029-03-11";

fn facts(warranty: Option<&WarrantyState>) -> CoverageFacts<'_> {
    CoverageFacts {
        warranty,
        exclusion: None,
        agreement: None,
        losers: &[],
        part: None,
        handling: Handling::OnSite,
        is_maintenance: false,
        goodwill: None,
    }
}

fn agreed(fee_mode: FeeMode, quota: QuotaState) -> Option<AgreedCover> {
    Some(AgreedCover {
        agreement_id: ServiceAgreementId(Uuid::from_u128(1)),
        fee_mode,
        quota,
        quantity: 1,
    })
}

fn payers(verdict: &CoverageVerdict) -> [Payer; 3] {
    [verdict.labour, verdict.part, verdict.travel].map(|share| share.payer)
}

#[test]
fn misuse_is_charged_at_cost_and_labour_even_in_warranty() {
    let state = warranty(LATER, LATER, LATER, LATER);
    let found = verdict(&CoverageFacts {
        exclusion: Some(Exclusion {
            cause: word("misuse"),
        }),
        agreement: agreed(FeeMode::Free, QuotaState::Unlimited),
        ..facts(Some(&state))
    });
    assert_eq!(found.coverage, Coverage::Chargeable);
    assert_eq!(payers(&found), [Payer::Customer, Payer::Customer, Payer::Company]);
    assert_eq!(found.labour.rule, CostRule::CostAndLabour);
    assert_eq!(found.reasons[0], CoverageReason::ExcludedCause);
}

#[test]
fn consumables_are_free_where_the_policy_does_not_exclude_them() {
    let mut state = warranty(LATER, LATER, LATER, LATER);
    let cause = || {
        Some(Exclusion {
            cause: word("consumable"),
        })
    };
    let ask = |state: &WarrantyState| {
        verdict(&CoverageFacts {
            exclusion: cause(),
            ..facts(Some(state))
        })
        .coverage
    };
    let used = |state: &WarrantyState| {
        verdict(&CoverageFacts {
            part: Some(word("consumable")),
            ..facts(Some(state))
        })
    };
    assert_eq!(ask(&state), Coverage::Chargeable);
    assert_eq!(used(&state).coverage, Coverage::Chargeable);
    assert_eq!(used(&state).exclusion, Some(word("consumable")));
    assert_eq!(
        used(&state).reasons[..2],
        [
            CoverageReason::ExcludedCause,
            CoverageReason::ConsumableNotIncluded
        ]
    );
    state.excludes_consumables = false;
    assert_eq!(ask(&state), Coverage::InWarranty);
    assert_eq!(used(&state).coverage, Coverage::InWarranty);
}

#[test]
fn the_order_is_agreement_warranty_main_part_goodwill_nothing() {
    let all = CoverageFacts {
        goodwill: Some(GoodwillGrant {
            labour: true,
            part: true,
            travel: true,
        }),
        ..facts(None)
    };
    let (whole, part, out) = (
        warranty(LATER, LATER, PAST, PAST),
        warranty(PAST, LATER, PAST, PAST),
        warranty(PAST, PAST, PAST, PAST),
    );
    let with = |state, agreement| {
        verdict(&CoverageFacts {
            warranty: Some(state),
            agreement,
            ..all.clone()
        })
    };
    let premium = agreed(FeeMode::FixedAnnual, QuotaState::Left(1));
    assert_eq!(with(&whole, premium).coverage, Coverage::Agreement);
    assert_eq!(with(&whole, None).coverage, Coverage::InWarranty);
    assert_eq!(with(&part, None).coverage, Coverage::MainPartOnly);
    assert_eq!(with(&out, None).coverage, Coverage::Goodwill);
    assert_eq!(verdict(&facts(Some(&out))).coverage, Coverage::OutOfWarranty);
    assert_eq!(with(&whole, None).source, CoverageSource::SanBao);
}

#[test]
fn a_fifth_visit_of_four_is_charged_and_says_why() {
    let found = verdict(&CoverageFacts {
        agreement: agreed(FeeMode::FixedAnnual, QuotaState::Left(0)),
        ..facts(None)
    });
    assert_eq!(found.coverage, Coverage::Chargeable);
    assert!(found.reasons.contains(&CoverageReason::QuotaExhausted));
    let state = warranty(LATER, LATER, LATER, PAST);
    let good = verdict(&CoverageFacts {
        agreement: agreed(FeeMode::FixedAnnual, QuotaState::Left(0)),
        ..facts(Some(&state))
    });
    assert_eq!(
        good.coverage,
        Coverage::InWarranty,
        "a used-up agreement takes nothing from the warranty"
    );
}

#[test]
fn a_main_part_is_free_and_the_work_only_while_visits_are() {
    let paid = |on_site| {
        let state = warranty(PAST, LATER, on_site, PAST);
        let part = Some(word("compressor"));
        let found = verdict(&CoverageFacts {
            part,
            ..facts(Some(&state))
        });
        assert_eq!(found.coverage, Coverage::MainPartOnly);
        payers(&found)
    };
    assert_eq!(paid(PAST), [Payer::Customer, Payer::Company, Payer::Customer]);
    assert_eq!(paid(LATER), [Payer::Company; 3]);
    let state = warranty(PAST, LATER, LATER, PAST);
    let found = verdict(&CoverageFacts {
        part: Some(word("fan")),
        ..facts(Some(&state))
    });
    assert_eq!(found.coverage, Coverage::OutOfWarranty);
    assert!(found.reasons.contains(&CoverageReason::PartNotCovered));
}

#[test]
fn remote_help_is_free_for_life_and_a_visit_is_not() {
    let state = warranty(PAST, PAST, PAST, LATER);
    let ask = |handling| {
        verdict(&CoverageFacts {
            handling,
            ..facts(Some(&state))
        })
    };
    let remote = ask(Handling::Remote);
    assert_eq!(
        (remote.labour.payer, remote.travel.rule),
        (Payer::Company, CostRule::NoVisit)
    );
    let visit = ask(Handling::OnSite);
    assert_eq!(
        visit.travel,
        CostShare {
            payer: Payer::Customer,
            rule: CostRule::VisitFee
        }
    );
    assert_eq!(visit.labour.payer, Payer::Customer);
    assert_eq!(
        visit.part.rule,
        CostRule::FreeParts,
        "five further years of free parts"
    );
    assert_eq!(visit.coverage, Coverage::OutOfWarranty);
}

#[test]
fn routine_maintenance_is_not_part_of_a_free_warranty() {
    let state = warranty(LATER, LATER, LATER, LATER);
    let found = verdict(&CoverageFacts {
        is_maintenance: true,
        ..facts(Some(&state))
    });
    assert_eq!(found.coverage, Coverage::OutOfWarranty);
    assert_eq!(payers(&found), [Payer::Customer; 3]);
}

#[test]
fn a_verdict_is_judged_anew_until_the_first_job_is_done() {
    let at = stamp();
    let state = warranty(LATER, LATER, LATER, PAST);
    let mut record = CoverageRecord::judge(verdict(&facts(Some(&state))), &at);
    assert!(record.rejudge(verdict(&facts(None)), &at).unwrap());
    record.freeze(&at);
    let refusal = record.rejudge(verdict(&facts(Some(&state))), &at).unwrap_err();
    assert_eq!(refusal.code.slug, "coverage_frozen");
    let cmd = serde_json::from_value(json!({"coverage": "goodwill", "reason": "老客户"})).unwrap();
    record.set_aside(cmd, &at);
    assert_eq!(record.coverage(), Coverage::Goodwill);
}

#[derive(Clone, Debug)]
struct World {
    state: Option<WarrantyState>,
    exclusion: Option<&'static str>,
    agreement: Option<AgreedCover>,
    part: Option<&'static str>,
    handling: Handling,
    is_maintenance: bool,
    goodwill: Option<GoodwillGrant>,
}

impl World {
    fn judge(&self) -> CoverageVerdict {
        let losers = [Loser {
            agreement_id: ServiceAgreementId(Uuid::from_u128(9)),
            reason: LossReason::Ended,
        }];
        verdict(&CoverageFacts {
            warranty: self.state.as_ref(),
            exclusion: self.exclusion.map(|cause| Exclusion { cause: word(cause) }),
            agreement: self.agreement,
            losers: &losers,
            part: self.part.map(word),
            handling: self.handling,
            is_maintenance: self.is_maintenance,
            goodwill: self.goodwill,
        })
    }
}

fn states() -> impl Strategy<Value = WarrantyState> {
    let end = || prop_oneof![Just(PAST), Just("2027-06-01"), Just(LATER)];
    (end(), end(), end(), end(), any::<bool>(), any::<bool>()).prop_map(
        |(whole, part, site, parts, law, uses)| WarrantyState {
            is_by_law: law,
            excludes_consumables: uses,
            ..warranty(whole, part, site, parts)
        },
    )
}

fn agreements() -> impl Strategy<Value = AgreedCover> {
    let quota = prop_oneof![Just(QuotaState::Unlimited), (0_i64..3).prop_map(QuotaState::Left)];
    (prop::sample::select(FeeMode::ALL), quota, 1_i64..3).prop_map(|(fee_mode, quota, quantity)| {
        AgreedCover {
            quantity,
            ..agreed(fee_mode, quota).unwrap()
        }
    })
}

fn goodwill() -> impl Strategy<Value = GoodwillGrant> {
    any::<[bool; 3]>().prop_map(|[labour, part, travel]| GoodwillGrant { labour, part, travel })
}

fn worlds() -> impl Strategy<Value = World> {
    (
        prop::option::of(states()),
        prop::sample::select(vec![None, None, Some("misuse"), Some("consumable")]),
        prop::option::of(agreements()),
        prop::sample::select(vec![None, Some("compressor"), Some("fan"), Some("consumable")]),
        prop::sample::select(Handling::ALL),
        any::<bool>(),
        prop::option::of(goodwill()),
    )
        .prop_map(
            |(state, exclusion, agreement, part, handling, is_maintenance, goodwill)| World {
                state,
                exclusion,
                agreement,
                part,
                handling,
                is_maintenance,
                goodwill,
            },
        )
}

/// What the customer does not pay in the first, he does not pay in the second.
fn is_no_dearer(before: &CoverageVerdict, after: &CoverageVerdict) -> bool {
    let pairs = payers(before).into_iter().zip(payers(after));
    pairs
        .into_iter()
        .all(|(was, is)| is != Payer::Customer || was == Payer::Customer)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn there_is_exactly_one_verdict_and_everybody_else_says_why(world in worlds()) {
        let found = world.judge();
        let chosen: Vec<_> = found.candidates.iter().filter(|candidate| candidate.is_chosen).collect();
        prop_assert_eq!(chosen.len(), 1, "{:?}", found);
        prop_assert_eq!(chosen[0].source, found.source);
        prop_assert_eq!(chosen[0].agreement_id, found.agreement_id);
        prop_assert!(found.candidates.iter().all(|c| c.is_chosen == matches!(c.reason, CoverageReason::Chosen | CoverageReason::NothingElsePays)));
        // Nothing is left out: the pledges, both warranties and nothing always stand; the rest where it was given.
        let expected = 6 + usize::from(world.agreement.is_some()) + usize::from(world.goodwill.is_some())
            + usize::from(found.exclusion.is_some());
        prop_assert_eq!(found.candidates.len(), expected);
        prop_assert_eq!(&world.judge(), &found, "the same facts, the same verdict");
    }

    #[test]
    fn a_better_cover_never_costs_the_customer_more(world in worlds(), more in agreements(), kind in goodwill()) {
        let before = world.judge();
        if world.agreement.is_none() {
            let after = World { agreement: Some(more), ..world.clone() }.judge();
            prop_assert!(is_no_dearer(&before, &after), "agreement: {:?} {:?}", before, after);
        }
        if world.goodwill.is_none() {
            let after = World { goodwill: Some(kind), ..world.clone() }.judge();
            prop_assert!(is_no_dearer(&before, &after), "goodwill: {:?} {:?}", before, after);
        }
        if let Some(state) = &world.state {
            let better = WarrantyState { whole_until: Some(day(LATER)), ..state.clone() };
            let after = World { state: Some(better), ..world.clone() }.judge();
            prop_assert!(is_no_dearer(&before, &after), "warranty: {:?} {:?}", before, after);
        }
    }

    #[test]
    fn what_time_takes_away_it_does_not_give_back(world in worlds(), days in 0_i64..2000, more in 0_i64..2000) {
        let after = |days| {
            let state = world.state.clone().map(|state| WarrantyState { at: on().plus_days(days), ..state });
            World { state, ..world.clone() }.judge()
        };
        let (sooner, later) = (after(days), after(days.saturating_add(more)));
        prop_assert!(is_no_dearer(&later, &sooner), "{:?} {:?}", sooner, later);
    }

    #[test]
    fn a_verdict_reads_back_as_it_was_written(world in worlds()) {
        let found = world.judge();
        let written = serde_json::to_value(&found).unwrap();
        prop_assert_eq!(serde_json::from_value::<CoverageVerdict>(written).unwrap(), found);
    }

    #[test]
    fn a_managers_word_names_one_payer_for_each_cost(
        world in worlds(),
        coverage in prop::sample::select(Coverage::ALL),
        said in prop::option::of(prop::sample::select(Payer::ALL)),
    ) {
        let mut record = CoverageRecord::judge(world.judge(), &stamp());
        prop_assert_eq!(record.shares(), record.verdict.shares());
        let word = json!({"coverage": coverage, "reason": "老客户"});
        record.set_aside(OverrideCoverage { part: said, ..serde_json::from_value(word).unwrap() }, &stamp());
        let shares = record.shares();
        if let Some(payer) = said {
            prop_assert_eq!(shares.part.payer, payer);
        }
        let is_free = matches!(coverage, Coverage::InWarranty | Coverage::Goodwill);
        prop_assert!(!is_free || shares.labour.payer == Payer::Company);
        prop_assert!(world.handling != Handling::Remote || record.verdict.exclusion.is_some() || shares.travel.rule == CostRule::NoVisit);
    }

    #[test]
    fn an_exclusion_is_always_charged(world in worlds()) {
        let found = World { exclusion: Some("misuse"), ..world }.judge();
        prop_assert_eq!(found.coverage, Coverage::Chargeable);
        prop_assert_eq!(found.labour.payer, Payer::Customer);
    }
}

#[test]
fn every_source_says_truly_why_it_does_not_pay() {
    use CoverageReason::{
        NoSuchTerm, PartNotCovered, PartsPledgeEnded, UnitRetired, WarrantyEnded, WarrantyUnknown,
    };
    let over = warranty(PAST, PAST, PAST, PAST);
    let bare = WarrantyState {
        main_parts: Vec::new(),
        parts_free_until: None,
        ..over.clone()
    };
    let none = WarrantyState {
        whole_until: None,
        ..bare.clone()
    };
    let unknown = WarrantyState {
        start: None,
        stage: WarrantyStage::Agreement,
        ..none.clone()
    };
    let retired = WarrantyState {
        reasons: vec![WarrantyReason::Retired],
        ..warranty(LATER, LATER, LATER, LATER)
    };
    let good = WarrantyState {
        main_parts: warranty(PAST, LATER, PAST, PAST).main_parts,
        ..over.clone()
    };
    for (state, part, expected) in [
        (
            Some(&over),
            None,
            [WarrantyEnded, WarrantyEnded, PartsPledgeEnded],
        ),
        (Some(&bare), None, [WarrantyEnded, NoSuchTerm, NoSuchTerm]),
        (Some(&none), None, [NoSuchTerm, NoSuchTerm, NoSuchTerm]),
        (Some(&unknown), None, [WarrantyUnknown; 3]),
        (Some(&retired), None, [UnitRetired; 3]),
        (None, None, [WarrantyUnknown; 3]),
        (
            Some(&good),
            Some(word("fan")),
            [WarrantyEnded, PartNotCovered, PartsPledgeEnded],
        ),
    ] {
        let found = verdict(&CoverageFacts { part, ..facts(state) });
        let told = [
            CoverageSource::SanBao,
            CoverageSource::MainPart,
            CoverageSource::PartsPledge,
        ]
        .map(|source| {
            let candidate = found.candidates.iter().find(|it| it.source == source);
            candidate.unwrap().reason
        });
        assert_eq!(told, expected, "{state:?}");
    }
    let charged = verdict(&CoverageFacts {
        exclusion: Some(Exclusion {
            cause: word("misuse"),
        }),
        ..facts(Some(&over))
    });
    let nothing = charged.candidates.last().unwrap();
    assert_eq!(
        (nothing.source, nothing.reason),
        (CoverageSource::None, CoverageReason::ExcludedCause),
        "nobody else pays where a cause that is never free was found"
    );
}

#[test]
fn a_verdict_before_the_warranty_begins_says_so() {
    let early = WarrantyState {
        start: Some(day("2027-06-02")),
        ..warranty(LATER, LATER, LATER, PAST)
    };
    let found = verdict(&facts(Some(&early)));
    assert_eq!(found.coverage, Coverage::InWarranty);
    assert!(found.reasons.contains(&CoverageReason::WarrantyNotBegun));
    let begun = WarrantyState {
        start: Some(on()),
        ..early
    };
    let found = verdict(&facts(Some(&begun)));
    assert!(!found.reasons.contains(&CoverageReason::WarrantyNotBegun));
}
