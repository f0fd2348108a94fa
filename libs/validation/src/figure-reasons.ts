import type { Catalog } from '@cohortium/kernel';

/** Why a figure of this library has no value: a closed list, since reasons travel in results. */
export const figureReasons = [
  'tooFewEvents',
  'notConverged',
  'constantPredictor',
  'infinitePredictor',
  'noParticipants',
  'noVariance',
  'tooFewDistinct',
  'smootherFailed',
] as const;
/** One of {@link figureReasons}. */
export type FigureReason = (typeof figureReasons)[number];

/** What each reason means to a reader. */
export const figureReasonTexts: Catalog<FigureReason> = {
  en: {
    tooFewEvents: 'Too few participants with or without the event',
    notConverged: 'The estimate does not exist or was not reached (events and non-events are separated)',
    constantPredictor: 'All participants have the same predicted probability',
    infinitePredictor: 'A predicted probability is exactly 0 or 1',
    noParticipants: 'No participant was scored',
    noVariance: 'The variance is zero or unknown, so that there is no interval',
    tooFewDistinct: 'The scores take too few different values',
    smootherFailed: 'A neighborhood of the smoother holds too few different probabilities',
  },
  zh: {
    tooFewEvents: '发生或未发生事件的参与者过少',
    notConverged: '估计值不存在或未收敛（事件与非事件完全分离）',
    constantPredictor: '所有参与者的预测概率相同',
    infinitePredictor: '某个预测概率恰为 0 或 1',
    noParticipants: '没有参与者被评分',
    noVariance: '方差为零或未知，因此没有区间',
    tooFewDistinct: '得分取值过少',
    smootherFailed: '平滑邻域内不同的概率值过少',
  },
};
