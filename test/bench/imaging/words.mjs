// What the benchmark says, in both languages.
import { speaker } from '../harness/words.mjs';

export const { say } = speaker({
  usage: {
    en: 'Usage: npm run bench -- imaging [--quick] [--no-peers] [--json FILE] [--markdown] [--only CASE,...]   cases: {cases}',
    zh: '用法：npm run bench -- imaging [--quick] [--no-peers] [--json 文件] [--markdown] [--only 项目,...]   项目：{cases}',
  },
  headings: { en: 'case|figure|value|unit|target|beside it', zh: '项目|指标|数值|单位|目标|对比' },
  tofts: { en: 'Tofts, 256 x 256 x 60 voxels, 40 times', zh: 'Tofts，256 x 256 x 60 体素，40 个时间点' },
  extendedTofts: { en: 'extended Tofts, the same volume', zh: '扩展 Tofts，同一体数据' },
  patlak: { en: 'Patlak, the same volume', zh: 'Patlak，同一体数据' },
  adc: { en: 'ADC of 5 b-values, weighted least squares', zh: '5 个 b 值的 ADC，加权最小二乘' },
  biasField: { en: 'N4 bias field, 256 x 256 x 60 voxels', zh: 'N4 偏置场，256 x 256 x 60 体素' },
  wholeVolume: { en: 'CPU for the whole volume', zh: '整个体数据的 CPU' },
  perSecond: { en: 'voxels per second of CPU', zh: '每 CPU 秒体素数' },
  failed: { en: 'failed fits', zh: '拟合失败' },
  worst: { en: 'Ktrans of a curve without noise, off by', zh: '无噪声曲线的 Ktrans 偏差' },
  peer: { en: 'SciPy curve_fit, voxels per second of CPU', zh: 'SciPy curve_fit，每 CPU 秒体素数' },
  cpu: { en: 'CPU', zh: 'CPU' },
  ours: { en: 'ours {times} x', zh: '我们的 {times} 倍' },
});
