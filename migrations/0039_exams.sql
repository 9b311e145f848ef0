-- Exams: the bank of questions, exams, and who tried them how often.

create table exam_questions (
  id            uuid         not null primary key,
  kind          text         not null,
  stem          text         not null,
  options       jsonb        not null,
  correct       jsonb        not null,
  model_answer  text,
  score         bigint       not null,
  category_id   uuid         references product_categories (id),
  difficulty    bigint       not null,
  is_active     boolean      not null,
  search        text         not null,
  version       bigint       not null,
  created_at    timestamptz  not null,
  created_by    uuid,
  updated_at    timestamptz  not null,
  constraint exam_questions_kind_check check (kind in ('single', 'multi', 'bool', 'text'))
);
create index exam_questions_category_idx on exam_questions (category_id, difficulty, id);

create table exams (
  id                uuid         not null primary key,
  title             text         not null,
  question_ids      jsonb        not null,
  draw              jsonb        not null,
  opens_at          timestamptz  not null,
  closes_at         timestamptz  not null,
  minutes           bigint       not null,
  pass_score        bigint       not null,
  max_attempts      bigint       not null,
  audience          text         not null,
  skill_id          uuid         references skills (id),
  certifies_months  bigint       not null,
  is_mandatory      boolean      not null,
  is_settled        boolean      not null,
  search            text         not null,
  version           bigint       not null,
  created_at        timestamptz  not null,
  created_by        uuid,
  updated_at        timestamptz  not null
);
create index exams_closing_idx on exams (closes_at) where not is_settled;

create table exam_attempts (
  id            uuid         not null primary key,
  exam_id       uuid         not null references exams (id),
  engineer_id   uuid         not null references engineers (id),
  attempt_no    bigint       not null,
  status        text         not null,
  question_ids  jsonb        not null,
  started_at    timestamptz  not null,
  due_at        timestamptz  not null,
  submitted_at  timestamptz,
  answers       jsonb        not null,
  marks         jsonb        not null,
  full_score    bigint       not null,
  score         bigint,
  passed        boolean,
  version       bigint       not null,
  created_at    timestamptz  not null,
  created_by    uuid,
  updated_at    timestamptz  not null,
  constraint exam_attempts_no_key unique (exam_id, engineer_id, attempt_no),
  constraint exam_attempts_status_check check (status in ('running', 'marking', 'scored'))
);
create index exam_attempts_engineer_idx on exam_attempts (engineer_id, submitted_at);
create index exam_attempts_running_idx on exam_attempts (due_at) where status = 'running';
