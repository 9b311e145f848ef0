//! What is done on an order, as a value: one way for a call of its own and for a line of the offline log.

use super::entity::{ArriveWorkOrder, BookWorkOrder, CompleteWorkOrder, WorkOrderId};
use super::machine::can;
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
    /// 完成
    Complete(CompleteWorkOrder),
    /// 更正
    Correct(CompleteWorkOrder),
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
            Deed::Complete(_) => "complete",
            Deed::Correct(_) => "correct",
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
            Deed::Complete(_) => can::Complete::GRANT,
            Deed::Correct(_) => can::Correct::GRANT,
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
            Deed::Complete(cmd) => self.complete_order(id, cmd, ctx, at),
            Deed::Correct(cmd) => self.correct_order(id, cmd, ctx, at),
            Deed::Cancel(cmd) => self.cancel_work_order(id, cmd, ctx, at),
        }
    }
}
