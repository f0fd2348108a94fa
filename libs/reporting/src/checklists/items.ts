/**
 * Items of reporting checklists under short names of our own: number, English, Chinese, who fills it, the fact that answers it, and for scores
 * the weight or the range of points. `A`: the platform alone, `P`: the platform, then a person adds or confirms, `H`: a person only. `-`: no
 * fact of a results file answers it.
 *
 * Sources: TRIPOD+AI, Collins et al. 2024, doi:10.1136/bmj-2023-078378 (CC BY 4.0); CLAIM 2024, doi:10.1148/ryai.240300; METRICS, Kocak et al.
 * 2024, doi:10.1186/s13244-023-01572-w (CC BY 4.0); CLEAR, Kocak et al. 2023, doi:10.1186/s13244-023-01415-8 (CC BY 4.0); STARD-AI 2025,
 * doi:10.1038/s41591-025-03953-8; RQS, Lambin et al. 2017, doi:10.1038/nrclinonc.2017.141.
 */
export const itemTexts = {
  tripodAi: `
1~title~题目~P~protocol
2~structured abstract~结构化摘要~P~performance
3a~care context, rationale, earlier models~医疗背景、理由与既往模型~H~-
3b~target population, purpose, users~目标人群、目的与使用者~H~-
3c~known health inequalities~已知的健康不平等~H~-
4~objectives~目标~P~protocol
5a~data sources, representativeness~数据来源与代表性~P~sites
5b~accrual dates~入组日期~A~-
6a~setting, number and place of centers~场所、中心数量与地点~A~sites
6b~eligibility~入选标准~P~flow
6c~treatments received~所受治疗~H~-
7~preparation and quality checks~数据准备与质控~A~preparation
8a~outcome definition~结局定义~P~protocol
8b~outcome assessors~结局评估者~H~-
8c~blinding of outcome~结局盲法~H~-
9a~choice of initial predictors~初始预测因子的选择~P~predictors
9b~predictor definitions~预测因子定义~A~predictors
9c~predictor assessors~预测因子评估者~H~-
10~sample size~样本量~P~sampleSize
11~missing data~缺失数据~A~missing
12a~use and partition of data~数据的使用与划分~A~split
12b~handling of predictors~预测因子的处理~A~preparation
12c~model type, building, tuning, internal validation~模型类型、建立、调参与内部验证~P~building
12d~heterogeneity across clusters~中心间异质性~A~heterogeneity
12e~performance measures and plots~性能指标与图~P~curves
12f~model updating~模型更新~A~updating
12g~how predictions were computed~预测值的计算方法~A~model
13~class imbalance~类别不平衡~P~-
14~fairness approach~公平性方法~P~-
15~model output, thresholds~模型输出与阈值~P~threshold
16~development versus evaluation differences~建模与评估数据的差异~A~characteristics
17~ethics approval, consent~伦理批准与知情同意~P~-
18a~funding~经费~H~-
18b~conflicts of interest~利益冲突~H~-
18c~protocol~方案~P~protocol
18d~registration~注册~P~-
18e~data sharing~数据共享~P~-
18f~analysis code~分析代码~A~software
19~patient and public involvement~患者与公众参与~H~-
20a~participant flow~参与者流程~A~flow
20b~characteristics by source~各来源的特征~A~characteristics
20c~predictor distribution versus development~预测因子分布与建模数据的比较~A~-
21~n and events per analysis~各分析的人数与事件数~A~performance
22~full model~完整模型~A~model
23a~performance with intervals, subgroups~性能及区间、亚组~A~external
23b~heterogeneity results~异质性结果~A~heterogeneity
24~updating results~更新结果~A~updating
25~interpretation~解释~H~-
26~limitations~局限性~P~limits
27a~poor or unavailable input at use~使用时输入质量差或缺失~P~-
27b~user interaction and expertise~使用者交互与专业要求~P~-
27c~next steps~下一步~H~-`,
  claim: `
1~title names AI technique~题目写明 AI 技术~P~protocol
2~abstract~摘要~P~performance
3~background, intended use~背景与预期用途~H~-
4~aims, hypotheses~目标与假设~P~protocol
5~prospective or retrospective~前瞻性或回顾性~P~-
6~study goal~研究目的~P~protocol
7~data sources~数据来源~P~sites
8~eligibility~入选标准~P~flow
9~preprocessing~预处理~A~preparation
10~data subsets~数据子集~P~split
11~de-identification~去标识化~A~-
12~missing data~缺失数据~A~missing
13~acquisition protocol~采集方案~A~-
14~reference standard definition~参考标准定义~P~protocol
15~reference standard rationale~参考标准理由~H~-
16~annotators~标注者~P~-
17~annotation procedure, tool version~标注流程与工具版本~P~-
18~annotation variability~标注变异性~A~-
19~partition assignment~划分方法~A~split
20~partition level~划分层级~A~split
21~test-set size~测试集规模~A~sampleSize
22~architecture~模型结构~A~model
23~software versions~软件版本~A~software
24~initialization~初始化~A~building
25~training details~训练细节~A~building
26~model selection~模型选择~A~building
27~ensembling~集成~A~building
28~metrics~指标~A~performance
29~uncertainty~不确定性~A~performance
30~robustness~稳健性~A~heterogeneity
31~explainability~可解释性~P~model
32~internal testing~内部检验~A~internal
33~external testing~外部检验~A~external
34~trial registration~试验注册~P~-
35~flow numbers~流程人数~A~flow
36~demographics per partition~各划分的人口学特征~A~characteristics
37~performance by partition or subgroup~各划分或亚组的性能~A~external
38~accuracy with intervals~准确度及区间~A~performance
39~failure analysis~失败分析~P~-
40~limitations~局限性~H~-
41~implications~意义~H~-
42~protocol~方案~P~protocol
43~availability~可获得性~P~-
44~funding~经费~H~-`,
  metrics: `
1~adherence to a checklist~遵循清单~A~checklists~0.0368
2~eligibility, representative population~入选标准与代表性人群~P~flow~0.0735
3~high-quality reference standard~高质量参考标准~P~-~0.0919
4~multi-center~多中心~A~multicenter~0.0438
5~clinically translatable imaging source~可临床转化的影像来源~P~-~0.0292
6~protocol with acquisition parameters~含采集参数的方案~A~-~0.0438
7~imaging-to-reference interval~影像与参考标准的间隔~A~-~0.0292
8~segmentation method described~分割方法描述~P~-~0.0337
9~automated segmentation evaluated~自动分割的评估~A~-~0.0225
10~test masks by one reader or tool~测试集由单一读者或工具分割~A~-~0.0112
11~preprocessing appropriate and described~预处理恰当且有描述~A~preparation~0.0622
12~standardized extraction software~标准化提取软件~A~-~0.0311
13~extraction parameters~提取参数~A~-~0.0415
14~non-robust features removed~去除不稳健特征~A~-~0.0200
15~redundant features removed~去除冗余特征~A~sparse~0.0200
16~dimensionality versus data size~维度与数据量~A~sampleSize~0.0300
17~robustness of end-to-end deep learning~端到端深度学习的稳健性~A~notApplicable~0.0200
18~proper partitioning~恰当划分~A~split~0.0599
19~confounders handled~混杂因素处理~P~harmonization~0.0300
20~proper metrics~恰当指标~A~performance~0.0352
21~uncertainty~不确定性~A~performance~0.0234
22~calibration~校准~A~calibration~0.0176
23~uni-parametric comparison~单参数比较~A~severalFeatureSets~0.0117
24~non-radiomic comparison, added value~非影像组学比较与附加价值~A~clinicalModel~0.0293
25~simple or classical model comparison~简单或经典模型比较~A~comparisons~0.0176
26~internal testing~内部检验~A~internal~0.0375
27~external testing~外部检验~A~external~0.0749
28~data availability~数据可获得性~H~-~0.0075
29~code availability~代码可获得性~P~-~0.0075
30~model availability~模型可获得性~P~model~0.0075`,
  clear: `
1~title~题目~P~protocol
2~summary~摘要~P~performance
3~keywords~关键词~P~-
4~background~背景~H~-
5~why radiomics~采用影像组学的理由~H~-
6~objectives~目标~P~protocol
7~guideline adherence~遵循指南~A~checklists
8~ethics~伦理~P~-
9~sample size~样本量~P~sampleSize
10~study nature~研究性质~P~-
11~eligibility~入选标准~P~flow
12~technical pipeline flowchart~技术流程图~A~-
13~data source~数据来源~P~sites
14~data overlap with earlier papers~与既往论文的数据重叠~H~-
15~split~数据划分~A~split
16~imaging protocol~成像方案~A~-
17~non-radiomic predictors~非影像组学预测因子~P~clinicalModel
18~reference standard~参考标准~P~protocol
19~segmentation strategy~分割策略~P~-
20~operators~操作者~P~-
21~preprocessing~预处理~A~preparation
22~resampling~重采样~A~-
23~discretization~离散化~A~-
24~image types~图像类型~A~-
25~extraction method~提取方法~A~-
26~feature classes~特征类别~A~predictors
27~number of features~特征数量~A~predictors
28~default-configuration statement~默认配置说明~A~protocol
29~missing data~缺失数据~A~missing
30~class imbalance~类别不平衡~A~-
31~segmentation reliability~分割可靠性~A~-
32~scaling~标准化~A~preparation
33~dimension reduction~降维~A~sparse
34~algorithm~算法~A~building
35~training and tuning~训练与调参~A~building
36~confounders~混杂因素~P~harmonization
37~model selection~模型选择~A~building
38~testing technique~检验方法~A~internal
39~metrics and why~指标及理由~P~performance
40~uncertainty~不确定性~A~performance
41~statistical comparison~统计比较~A~comparisons
42~non-radiomic and combined comparison~非影像组学与联合模型比较~A~clinicalModel
43~explainability~可解释性~A~model
44~baseline characteristics~基线特征~A~characteristics
45~eligibility flowchart~入选流程图~A~flow
46~feature statistics~特征统计~A~missing
47~performance~性能~A~performance
48~comparison results~比较结果~A~comparisons
49~findings~发现~H~-
50~earlier work~既往工作~H~-
51~practical implications~实际意义~H~-
52~strengths and limits~优势与局限~P~limits
53~images and masks sharing (not essential)~影像与掩膜共享（非必需）~P~-
54~feature data sharing~特征数据共享~P~-
55~preprocessing scripts~预处理脚本~A~software
56~modeling code~建模代码~A~software
57~model files~模型文件~P~model
58~ready-to-use system (not essential)~可直接使用的系统（非必需）~P~-`,
  stardAi: `
1~title~题目~P~protocol
2~abstract~摘要~P~performance
3~background, place in workflow~背景与流程定位~H~-
4~objectives~目标~P~protocol
5~design~设计~P~protocol
6~ethics approval~伦理批准~P~-
7~eligibility, patient and data level~患者与数据层面的入选标准~P~flow
8~how identified~识别方式~H~-
9~setting, dates~场所与日期~A~sites
10~consecutive, random or convenience~连续、随机或便利抽样~H~-
11~data source~数据来源~P~sites
12~annotation~标注~P~-
13~devices and software~设备与软件~A~software
14~acquisition, preprocessing~采集与预处理~A~preparation
15a~index test~待评检验~A~model
15b~index test development~待评检验的开发~A~building
15c~index cut-offs~待评检验的界值~A~threshold
15d~end user~最终使用者~H~-
16a~reference standard~参考标准~P~protocol
16b~its rationale~其理由~H~-
16c~its cut-offs~其界值~P~protocol
17a~blinding of index readers~待评检验的盲法~P~lock
17b~blinding of reference assessors~参考标准评估者的盲法~H~-
18~statistics~统计方法~A~performance
19~indeterminate results~不确定结果~A~missing
20~missing data~缺失数据~A~missing
21~variability analyses~变异性分析~A~heterogeneity
22~sample size~样本量~P~sampleSize
23~fairness methods~公平性方法~A~-
24~flow~流程~A~flow
25~baseline per set~各数据集的基线~A~characteristics
26a~severity distribution~严重程度分布~A~-
26b~alternative diagnoses~其他诊断~P~-
27~interval and interventions~间隔与干预~P~-
28~representativeness~代表性~P~sites
29~external set differences~外部数据集的差异~A~characteristics
30~cross-tabulation~交叉表~A~cuts
31~accuracy with intervals~准确度及区间~A~performance
32~adverse events~不良事件~H~-
33~limitations~局限性~H~-
34~implications~意义~H~-
35~ethics and fairness discussion~伦理与公平性讨论~H~-
36~registration~注册~P~-
37~protocol~方案~P~protocol
38~funding~经费~H~-
39~commercial interests~商业利益~H~-
40a~data and code availability~数据与代码可获得性~P~-
40b~outputs stored, auditable~输出可保存、可审计~A~egress`,
  rqs: `
1~image protocol documented or public~影像方案有记录或公开~A~-~0..2
2~multiple segmentations~多次分割~A~-~0..1
3~phantom study on all scanners~所有扫描仪的体模研究~A~-~0..1
4~multiple time points~多时间点~A~-~0..1
5~feature reduction or multiple testing~特征降维或多重检验校正~A~sparse~-3..3
6~multivariable with non-radiomics~与非影像组学的多变量分析~A~clinicalModel~0..1
7~biological correlates~生物学相关性~H~-~0..1
8~cut-off analyses~界值分析~A~cuts~0..1
9~discrimination and resampling~区分度与重抽样~A~resampledDiscrimination~0..2
10~calibration and resampling~校准与重抽样~A~resampledCalibration~0..2
11~prospective registered study~前瞻性注册研究~P~-~0..7
12~validation~验证~A~institutes~-5..5
13~comparison with gold standard~与金标准比较~P~protocol~0..2
14~clinical utility (decision curve)~临床效用（决策曲线）~A~decision~0..2
15~cost-effectiveness~成本效益~H~-~0..1
16~open science and data~开放科学与数据~P~-~0..4`,
} as const;

/** A checklist of this library. */
export type ChecklistId = keyof typeof itemTexts;

/** Who fills an item. */
export type Fill = 'A' | 'P' | 'H';

/** One item of a checklist. */
export interface ChecklistItem {
  readonly item: string;
  readonly label: { readonly en: string; readonly zh: string };
  readonly fill: Fill;
  /** Name of the fact that answers it; undefined where a results file holds none. */
  readonly fact: string | undefined;
  /** Weight, or range of points. */
  readonly extra: string | undefined;
}

/** The items of a checklist, in its order. */
export function checklistItems(id: ChecklistId): ChecklistItem[] {
  return itemTexts[id]
    .trim()
    .split('\n')
    .map((line) => {
      const [item, en, zh, fill, fact, extra] = line.split('~') as [string, string, string, Fill, string, string | undefined];
      return { item, label: { en, zh }, fill, fact: fact === '-' ? undefined : fact, extra };
    });
}
