//! What is done on an order, as a value: one way for a call of its own and for a line of the offline log.

use super::entity::{ArriveWorkOrder, BookWorkOrder, CompleteWorkOrder, NewLaborLine, WorkOrderId};
use super::field::Photo;
use super::machine::can;
use super::quotes::{DeclineQuote, NeedQuote};
use super::sheet::SheetEntry;
use crate::kernel::{Grant, Permission, Result, Stamp};
use crate::requests::{BecauseOf, Context, Dossier};

/// One action on an order, with what it says.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// 接单
    Accept,
    /// 拒单
    Refuse(BecauseOf),
    /// 预约
    Book(BookWorkOrder),
    /// 出发
    Depart,
    /// 到场
    Arrive(ArriveWorkOrder),
    /// 开工
    Start,
    /// 待件
    WaitParts(BecauseOf),
    /// 继续
    Resume,
    /// 报价
    NeedQuote(NeedQuote),
    /// 接受报价
    AcceptQuote,
    /// 拒绝报价
    DeclineQuote(DeclineQuote),
    /// 完成
    Complete(CompleteWorkOrder),
    /// 更正
    Correct(CompleteWorkOrder),
    /// 核销
    Verify,
    /// 退回
    Reject(BecauseOf),
    /// 填写派工单
    Write(SheetEntry),
    /// 撤单
    Cancel(BecauseOf),
}

impl Deed {
    /// Its name in the table.
    pub fn action(&self) -> &'static str {
        match self {
            Deed::Accept => "accept",
            Deed::Refuse(_) => "refuse",
            Deed::Book(_) => "book",
            Deed::Depart => "depart",
            Deed::Arrive(_) => "arrive",
            Deed::Start => "start",
            Deed::WaitParts(_) => "wait_parts",
            Deed::Resume => "resume",
            Deed::NeedQuote(_) => "need_quote",
            Deed::AcceptQuote => "accept_quote",
            Deed::DeclineQuote(_) => "decline_quote",
            Deed::Complete(_) => "complete",
            Deed::Correct(_) => "correct",
            Deed::Verify => "verify",
            Deed::Reject(_) => "reject",
            Deed::Write(_) => "sheet:write",
            Deed::Cancel(_) => "cancel",
        }
    }

    /// The permission a call of its own asks for.
    pub fn grant(&self) -> &'static Grant {
        match self {
            Deed::Accept => can::Accept::GRANT,
            Deed::Refuse(_) => can::Refuse::GRANT,
            Deed::Book(_) => can::Book::GRANT,
            Deed::Depart => can::Depart::GRANT,
            Deed::Arrive(_) => can::Arrive::GRANT,
            Deed::Start => can::Start::GRANT,
            Deed::WaitParts(_) => can::WaitParts::GRANT,
            Deed::Resume => can::Resume::GRANT,
            Deed::NeedQuote(_) => can::NeedQuote::GRANT,
            Deed::AcceptQuote => can::AcceptQuote::GRANT,
            Deed::DeclineQuote(_) => can::DeclineQuote::GRANT,
            Deed::Complete(_) => can::Complete::GRANT,
            Deed::Correct(_) => can::Correct::GRANT,
            Deed::Verify => can::Verify::GRANT,
            Deed::Reject(_) => can::Reject::GRANT,
            Deed::Write(_) => can::WriteSheet::GRANT,
            Deed::Cancel(_) => can::Cancel::GRANT,
        }
    }

    /// What it says of the result, if it does.
    pub fn result(&self) -> Option<&CompleteWorkOrder> {
        match self {
            Deed::Complete(result) | Deed::Correct(result) => Some(result),
            _ => None,
        }
    }

    /// The lines of work it brings.
    pub fn labor(&self) -> &[NewLaborLine] {
        match self {
            Deed::Complete(result) | Deed::Correct(result) => &result.labor,
            Deed::Write(SheetEntry::Labor(lines)) => lines,
            _ => &[],
        }
    }

    /// The pictures it brings.
    pub fn photos(&self) -> &[Photo] {
        match self {
            Deed::Complete(result) | Deed::Correct(result) => result.photos.as_deref().unwrap_or_default(),
            Deed::Write(SheetEntry::Photos(photos)) => photos,
            _ => &[],
        }
    }

    /// Whether it may change when somebody worked.
    pub fn tells_labor(&self) -> bool {
        matches!(
            self,
            Deed::Complete(_) | Deed::Correct(_) | Deed::Write(SheetEntry::Labor(_))
        )
    }
}

impl Dossier {
    /// Does it.
    ///
    /// Errors: those of the action.
    pub fn act_on_order(
        &mut self,
        id: WorkOrderId,
        deed: &Deed,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        match deed {
            Deed::Accept => self.accept_order(id, ctx, at),
            Deed::Refuse(cmd) => self.refuse_order(id, cmd, ctx, at),
            Deed::Book(cmd) => self.book_order(id, cmd, ctx, at),
            Deed::Depart => self.depart_order(id, ctx, at),
            Deed::Arrive(cmd) => self.arrive_order(id, cmd, ctx, at),
            Deed::Start => self.start_order(id, ctx, at),
            Deed::WaitParts(cmd) => self.wait_for_parts(id, cmd, ctx, at),
            Deed::Resume => self.resume_order(id, ctx, at),
            Deed::NeedQuote(cmd) => self.need_quote(id, cmd, ctx, at),
            Deed::AcceptQuote => self.accept_quote(id, ctx, at),
            Deed::DeclineQuote(cmd) => self.decline_quote(id, cmd, ctx, at),
            Deed::Complete(cmd) => self.complete_order(id, cmd, ctx, at),
            Deed::Correct(cmd) => self.correct_order(id, cmd, ctx, at),
            Deed::Verify => self.verify_order(id, ctx, at),
            Deed::Reject(cmd) => self.reject_order(id, cmd, ctx, at),
            Deed::Write(entry) => self.write_sheet(id, entry, ctx, at),
            Deed::Cancel(cmd) => self.cancel_work_order(id, cmd, ctx, at),
        }
    }
}
