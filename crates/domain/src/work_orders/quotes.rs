//! A quotation on the way: the customer is asked, and the job waits for his word (domain.md 3.11, T30).
//!
//! What it says is an amount and a text until quotations are documents of their own.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::entity::{WorkOrderId, WorkOrderStatus};
use crate::kernel::error::{DATE_IN_PAST, OUT_OF_RANGE, Place};
use crate::kernel::text::{Prose, Reason};
use crate::kernel::{Error, Money, Result, Stamp, Time};
use crate::requests::promises::word;
use crate::requests::{Context, Dossier, NoticeKind, Recipient, RequestStatus};
use crate::{json_columns, label};

/// What a request and its job end with when the customer does not agree.
const DECLINED: &str = "quote_declined";

label! {
    /// What became of a quotation.
    pub enum QuoteStatus {
        /// 已发送
        Sent = "sent",
        /// 已接受
        Accepted = "accepted",
        /// 已拒绝
        Declined = "declined",
        /// 已过期
        Expired = "expired",
        /// 已撤回: the job went on without an answer.
        Withdrawn = "withdrawn",
    }
}

/// What the customer was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkOrderQuote {
    /// How much.
    pub amount: Money,
    /// For what.
    pub text: Prose,
    /// When he was asked.
    pub sent_at: Time,
    /// Until when he may answer; null for no end.
    #[schema(required)]
    pub valid_until: Option<Time>,
    /// What became of it.
    pub status: QuoteStatus,
    /// When he answered, or it ended.
    #[schema(required)]
    pub answered_at: Option<Time>,
    /// Why he declined.
    #[schema(required)]
    pub decline_reason: Option<Reason>,
}

json_columns!(WorkOrderQuote);

/// Asks the customer before going on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": {"amount": "350.00", "currency": "CNY"}, "text": "更换主板"}))]
pub struct NeedQuote {
    /// How much, above nothing.
    pub amount: Money,
    /// For what.
    pub text: Prose,
    /// Until when the customer may answer, later than now; the request is cancelled after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Time>,
}

/// The customer does not agree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineQuote {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

impl Dossier {
    /// The customer is asked: the job and the request wait for him, and so do the promises (T5).
    ///
    /// Errors: `out_of_range`, `date_in_past`.
    pub fn need_quote(
        &mut self,
        id: WorkOrderId,
        cmd: &NeedQuote,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "need_quote", at)?;
        let mut wrong = Vec::new();
        if cmd.amount.minor <= 0 {
            wrong.push(OUT_OF_RANGE.violation(Place::Pointer("#/amount".to_owned())));
        }
        if cmd.valid_until.is_some_and(|end| end <= at.now) {
            wrong.push(DATE_IN_PAST.violation(Place::Pointer("#/valid_until".to_owned())));
        }
        Error::all(wrong)?;
        let order = self.order_mut(id)?;
        order.status = WorkOrderStatus::WaitingCustomer;
        order.quote = Some(WorkOrderQuote {
            amount: cmd.amount,
            text: cmd.text.clone(),
            sent_at: at.now,
            valid_until: cmd.valid_until,
            status: QuoteStatus::Sent,
            answered_at: None,
            decline_reason: None,
        });
        self.suspend(word("awaiting_customer")?, true, None, at);
        self.tell_customer(NoticeKind::QuoteSent, id.0, at);
        let (comment, data) = (Some(cmd.text.to_string()), self.facts_of(id));
        self.log(
            "work_order:need_quote",
            RequestStatus::Assigned,
            comment,
            data,
            at,
        );
        self.settle(ctx, at)
    }

    /// The customer agrees: the job goes on, and the request with it (T6).
    pub fn accept_quote(&mut self, id: WorkOrderId, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.order_gate(id, "accept_quote", at)?;
        self.answer_quote(id, QuoteStatus::Accepted, None, at)?;
        self.proceed(ctx, at)?;
        let engineer = self.order(id)?.engineer_id;
        self.tell(NoticeKind::QuoteAccepted, Recipient::Engineer(engineer), id.0, at);
        let data = self.facts_of(id);
        self.log("work_order:accept_quote", RequestStatus::OnHold, None, data, at);
        self.settle(ctx, at)
    }

    /// The customer does not agree: job and request end (T30).
    pub fn decline_quote(
        &mut self,
        id: WorkOrderId,
        cmd: &DeclineQuote,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "decline_quote", at)?;
        self.answer_quote(id, QuoteStatus::Declined, cmd.reason.clone(), at)?;
        let comment = cmd.reason.as_ref().map(|reason| reason.to_string());
        self.end_unquoted(id, "work_order:decline_quote", comment, ctx, at)?;
        self.settle(ctx, at)
    }

    /// Nobody answered in time (T30).
    pub(crate) fn expire_quote(&mut self, id: WorkOrderId, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        self.answer_quote(id, QuoteStatus::Expired, None, at)?;
        self.end_unquoted(id, "timer:quote_expired", None, ctx, at)
    }

    fn end_unquoted(
        &mut self,
        id: WorkOrderId,
        action: &str,
        comment: Option<String>,
        ctx: &Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        let data = json!({"work_order_id": id});
        let from = self.request.status;
        self.call_off(Reason::new(DECLINED).ok(), DECLINED, ctx, at)?;
        self.log(action, from, comment, data, at);
        self.emit("service_request.cancelled", at);
        Ok(())
    }

    fn answer_quote(
        &mut self,
        id: WorkOrderId,
        status: QuoteStatus,
        reason: Option<Reason>,
        at: &Stamp,
    ) -> Result<()> {
        if let Some(quote) = &mut self.order_mut(id)?.quote {
            quote.status = status;
            quote.answered_at = Some(at.now);
            quote.decline_reason = reason;
        }
        Ok(())
    }
}
