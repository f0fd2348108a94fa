import { EnrolledSiteEntity } from './enrolled-site.entity.js';
import { CoordinatorInitial1732200000000 } from './migrations/0001-initial.js';
import { CoordinatorLedger1764300000000 } from './migrations/0002-ledger.js';
import { CoordinatorSecureAggregation1764300005000 } from './migrations/0005-secure-aggregation.js';
import { ModelLockEntity } from './model-lock.entity.js';
import { OutboxEntity, PayloadEntity } from './outbox.entity.js';
import { ReceivedMessageEntity } from './received-message.entity.js';
import { ContributionEntity, EquivocationEntity, RoundEntity } from './round.entity.js';
import { RunEntity, RunEventEntity } from './run.entity.js';
import { ApprovalEntity, StudyEntity } from './study.entity.js';

/** Tables of the coordinator's database, for `openDatabase`. */
export const coordinatorEntities = [
  ApprovalEntity,
  ContributionEntity,
  EnrolledSiteEntity,
  EquivocationEntity,
  ModelLockEntity,
  OutboxEntity,
  PayloadEntity,
  ReceivedMessageEntity,
  RoundEntity,
  RunEntity,
  RunEventEntity,
  StudyEntity,
];
/** Migrations of the coordinator's database, oldest first. */
export const coordinatorMigrations = [
  CoordinatorInitial1732200000000,
  CoordinatorLedger1764300000000,
  CoordinatorSecureAggregation1764300005000,
];
