// What the benchmark says, in both languages. Data files hold the keys, never these words.
import { speaker } from '../harness/words.mjs';

/** @type {import('../harness/words.mjs').Words} */
const words = {
  usage: {
    en: 'Usage: npm run bench -- radiomics [--quick] [--no-peers] [--peers NAME,...] [--json FILE] [--markdown] [--only CASE,...]   cases: {cases}\n       npm run bench -- radiomics --median FILE ... [--markdown]   median of runs that --json wrote',
    zh: '用法：npm run bench -- radiomics [--quick] [--no-peers] [--peers 名称,...] [--json 文件] [--markdown] [--only 项目,...]   项目：{cases}\n      npm run bench -- radiomics --median 文件 ... [--markdown]   由 --json 写出的多次运行的中位数',
  },
  headings: {
    en: 'case|figure|CPU, ms|clock, ms|first call, ms|features|value|CPU against ours|target',
    zh: '项目|指标|CPU，毫秒|时钟，毫秒|首次调用，毫秒|特征数|数值|相对我们的 CPU|目标',
  },
  growthTitle: {
    en: 'CPU in ms by the number of voxels of the region, and the exponent of the power law through it',
    zh: '按区域体素数的 CPU 毫秒数，以及其幂律指数',
  },
  family: { en: 'family', zh: '特征族' },
  exponentHeading: { en: 'exponent', zh: '指数' },
  defaultBreast1: { en: '(a) default PyRadiomics features, breast1', zh: '(a) PyRadiomics 默认特征，breast1' },
  defaultBrain1: { en: '(a) default PyRadiomics features, brain1', zh: '(a) PyRadiomics 默认特征，brain1' },
  all174: {
    en: '(b) all IBSI features, 3D merged, lesion in 64^3, 64 gray levels',
    zh: '(b) 全部 IBSI 特征，3D 合并，64^3 病灶，64 灰度级',
  },
  filteredBreast1: { en: '(c) 3 LoG + 8 wavelets, all matrix families, breast1', zh: '(c) 3 个 LoG + 8 个小波，全部矩阵族，breast1' },
  filteredBrain1: { en: '(c) 3 LoG + 8 wavelets, all matrix families, brain1', zh: '(c) 3 个 LoG + 8 个小波，全部矩阵族，brain1' },
  growth: { en: '(d) growth', zh: '(d) 随规模增长' },
  memory: { en: '(e) memory, 512 x 512 x 200 floats, 10^5 voxels', zh: '(e) 内存，512 x 512 x 200 浮点，10^5 体素' },
  workers: { en: '(f) workers, through the command line', zh: '(f) 工作线程，经命令行' },
  own: { en: 'Cohortium', zh: 'Cohortium' },
  peer: { en: '{who}', zh: '{who}' },
  withoutPairs: { en: "without Moran's I and Geary's C", zh: '不含 Moran I 与 Geary C' },
  pairs: { en: "Moran's I and Geary's C", zh: 'Moran I 与 Geary C' },
  'family.morphology': { en: '  morphology', zh: '  形态' },
  'family.localIntensity': { en: '  local intensity', zh: '  局部强度' },
  'family.intensityStatistics': { en: '  statistics', zh: '  统计' },
  'family.intensityHistogram': { en: '  histogram', zh: '  直方图' },
  'family.intensityVolumeHistogram': { en: '  intensity-volume histogram', zh: '  强度体积直方图' },
  'family.glcm': { en: '  GLCM', zh: '  GLCM' },
  'family.glrlm': { en: '  GLRLM', zh: '  GLRLM' },
  'family.glszm': { en: '  GLSZM', zh: '  GLSZM' },
  'family.gldzm': { en: '  GLDZM', zh: '  GLDZM' },
  'family.ngtdm': { en: '  NGTDM', zh: '  NGTDM' },
  'family.ngldm': { en: '  NGLDM', zh: '  NGLDM' },
  bandwidth: { en: 'memory read by a plain sum', zh: '简单求和的内存读取速度' },
  voxels: { en: 'voxels of the region', zh: '区域体素数' },
  exponent: { en: 'largest exponent of a family', zh: '各族中最大的指数' },
  peak: { en: 'largest resident set', zh: '最大常驻内存' },
  seconds: { en: 'reading both files and all features', zh: '读取两个文件并计算全部特征' },
  oneWorker: { en: 'one worker', zh: '一个工作线程' },
  twoWorkers: { en: 'two workers', zh: '两个工作线程' },
  speedup: { en: 'speedup', zh: '加速比' },
  timesMemory: { en: 'x the time to read its voxels', zh: '倍于读取其体素的时间' },
};

export const { say, hasWords } = speaker(words);
