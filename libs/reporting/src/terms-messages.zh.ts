import type { termsEn } from './terms-messages.en.js';

/** Chinese texts of coefficient paths, selection frequencies and site ellipses. */
export const termsZh: Readonly<Record<keyof typeof termsEn, string>> = {
  'terms.paths': '系数随惩罚强度的变化（模型 {model}）',
  'terms.pathsFinding':
    '随着惩罚减弱，模型 {model} 中有 {total} 个特征得到非零系数；在所选惩罚 {lambda} 处为 {chosen} 个，绝对值最大者为 {feature}（{coefficient}）。',
  'terms.pathsHowTo':
    '每条线为一个特征：纵轴为每标准差的系数，横轴为惩罚强度的自然对数，左侧惩罚强、右侧惩罚弱。虚线为所选惩罚。该处系数最大的特征标有名称，其余为灰色。',
  'terms.pathsCut': '仅绘出 {total} 条线中最大的 {shown} 条。',
  'terms.pathsOthers': '其他特征',
  'terms.pathsX': '惩罚强度的自然对数',
  'terms.pathsCaption': '部分惩罚强度处的系数，所选者以 * 标出（{total} 个特征中的 {shown} 个）',
  'terms.frequency': '特征被选中的频率（模型 {model}）',
  'terms.frequencyFinding':
    '除最终模型外，模型 {model} 共拟合 {fits} 次：{always} 个特征每次都被选中，{features} 个特征至少被选中一次或在最终模型中；最终模型含 {final} 个特征。',
  'terms.frequencyHowTo':
    '条形表示系数不为零的拟合所占比例：一为所选惩罚处的交叉验证各折，一为依次排除一家医院并重新学习全部步骤的拟合。相关的特征可互相替代，因此比例低并不说明该特征没有信息。',
  'terms.frequencyTop': '仅绘出 {total} 个特征中最常被选中的 {shown} 个。',
  'terms.frequencyAxis': '包含该特征的拟合比例',
  'terms.frequencyCaption': '包含各特征的拟合次数（{count} 个特征）',
  'terms.folds': '交叉验证折（{count}）',
  'terms.sitesLeftOut': '依次排除的医院（{count}）',
  'ellipses.absent': '各中心在主成分轴上的位置：{state}。',
  'ellipses.title': 'ComBat 前后各训练中心在特征主成分轴上的位置',
  'ellipses.titleBefore': '各训练中心在特征主成分轴上的位置（未作批次校正）',
  'ellipses.finding':
    '两个轴分别承载 ComBat 前方差的 {first} 和 {second}；{sites} 个中心的均值与其中点的均方根距离，校正前为 {before}，校正后为 {after}。',
  'ellipses.findingBefore': '两个轴分别承载方差的 {first} 和 {second}；{sites} 个中心的均值与其中点的均方根距离为 {before}。',
  'ellipses.howTo':
    '标记为各中心的均值；若参与者呈正态分布，椭圆约包含其 95 %。椭圆只由均值和协方差绘出：不显示任何参与者，也无法从中读出。两个轴由校正前所有中心的求和得出，两幅图中相同，因此位置可比；其他方向上的差异看不到。中心效应由同一批参与者估计。',
  'ellipses.axis': '第 {number} 轴（{share}）',
  'ellipses.before': '校正前',
  'ellipses.after': '校正后',
  'ellipses.stage': '批次校正',
  'ellipses.center': '均值，第 {number} 轴',
  'ellipses.sd': '标准差，第 {number} 轴',
  'ellipses.correlation': '相关系数',
  'ellipses.caption': '各中心在特征两个主成分轴上的位置',
};
