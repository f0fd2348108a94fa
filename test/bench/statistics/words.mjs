// What the benchmark says, in both languages. Data files hold the keys, never these words.
import { speaker } from '../harness/words.mjs';

/** @type {import('../harness/words.mjs').Words} */
const words = {
  usage: {
    en: 'Usage: npm run bench -- statistics [--quick] [--json FILE] [--markdown] [--only CASE,...]   cases: {cases}\n       npm run bench -- statistics --median FILE ... [--markdown]   median of runs that --json wrote; runs of different cases add up\n       RSCRIPT_BIN: an Rscript with the package glmnet; else Debian packages are unpacked under .cache\n       COHORTIUM_REFERENCE: folder of the reference data; without it made-up features of the same shape',
    zh: '用法：npm run bench -- statistics [--quick] [--json 文件] [--markdown] [--only 项目,...]   项目：{cases}\n      npm run bench -- statistics --median 文件 ... [--markdown]   由 --json 写出的多次运行的中位数；不同项目的运行合并\n      RSCRIPT_BIN：装有 glmnet 包的 Rscript；否则将 Debian 软件包解压到 .cache\n      COHORTIUM_REFERENCE：参考数据文件夹；没有时使用同样形状的虚构特征',
  },
  headings: { en: 'case|figure|value|unit|target', zh: '项目|指标|数值|单位|目标' },
  rounds504: { en: '10 folds x 100 penalties, 504 features, 6 sites', zh: '10 折 x 100 个惩罚，504 个特征，6 个中心' },
  roundsFixed: { en: 'the same at given penalties, to 1e-9', zh: '同上，惩罚已给定，精确到 1e-9' },
  besideGlmnet: { en: 'the same beside cv.glmnet, in turns', zh: '同上，与 cv.glmnet 轮流运行' },
  fiveThousand: { en: '10 folds x 100 penalties, 5000 features (quick: 1000)', zh: '10 折 x 100 个惩罚，5000 个特征（快速：1000）' },
  'growth.sites': { en: 'growth in sites', zh: '随中心数增长' },
  'growth.features': { en: 'growth in features', zh: '随特征数增长' },
  'growth.rows': { en: 'growth in rows', zh: '随行数增长' },
  rounds: { en: 'rounds, all folds and penalties', zh: '轮数（所有折与惩罚）' },
  coldRounds: { en: 'rounds of the slowest of {who} single models, from a cold start', zh: '{who} 个单独模型中最慢者的轮数（冷启动）' },
  roundsRatio: { en: 'rounds of all over those of the slowest', zh: '全部轮数与最慢者之比' },
  upLargest: { en: 'from each site, the largest round', zh: '每个中心发出，最大的一轮' },
  upAll: { en: 'from each site, all rounds', zh: '每个中心发出，所有轮' },
  downLargest: { en: 'to each site, the largest round', zh: '发往每个中心，最大的一轮' },
  downAll: { en: 'to each site, all rounds', zh: '发往每个中心，所有轮' },
  violation: { en: 'largest violation of the optimality conditions', zh: '最优性条件的最大违反' },
  nonZero: { en: 'most coefficients that are not zero', zh: '最多的非零系数' },
  seconds: { en: 'time', zh: '时间' },
  cpuSeconds: { en: 'CPU', zh: 'CPU 时间' },
  peak: { en: 'peak memory, all sites and the coordinator in one process', zh: '内存峰值（所有中心与协调端在同一进程）' },
  glmnet: { en: 'cv.glmnet, thresh {who}: time', zh: 'cv.glmnet，thresh {who}：时间' },
  glmnetViolation: { en: 'its largest violation, all rows', zh: '其最大违反（全部行）' },
  timesGlmnet: { en: 'our time over its time', zh: '我们的时间与其时间之比' },
  timesGlmnetCpu: { en: 'our CPU over its CPU', zh: '我们的 CPU 时间与其之比' },
  glmnetPeak: { en: 'its peak memory', zh: '其内存峰值' },
  lambdaMin: { en: 'relative difference of lambda_min', zh: 'lambda_min 的相对差' },
  cvmDifference: { en: 'largest difference of a cross-validated deviance', zh: '交叉验证偏差的最大差' },
  coefficientDifference: { en: 'largest difference of a coefficient, all penalties', zh: '系数的最大差（所有惩罚）' },
  growthTitle: {
    en: '10 folds x 100 penalties by sites, features and rows (6 sites, 504 features, 727 rows where not said)',
    zh: '10 折 x 100 个惩罚，按中心数、特征数与行数（未注明时为 6 个中心、504 个特征、727 行）',
  },
  growthHeadings: {
    en: 'size|rounds|MB from each site|CPU, s|clock, s|peak, MiB',
    zh: '规模|轮数|每个中心发出 MB|CPU，秒|时钟，秒|峰值，MiB',
  },
  'by.sites': { en: '{size} sites', zh: '{size} 个中心' },
  'by.features': { en: '{size} features', zh: '{size} 个特征' },
  'by.rows': { en: '{size} rows', zh: '{size} 行' },
};

export const { say, hasWords } = speaker(words);
