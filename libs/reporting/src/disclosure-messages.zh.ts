/** The same in Chinese. */
export const disclosureZh = {
  'reason.undeclaredCohort': '以方案未声明的方式划分参与者',
  'reason.cohortTooSimilar': '与先前外发内容合并后会描述少于条款下限的参与者',
  'reason.dominated': '少数参与者在某一数值中占比过大',
  'reason.notSmoothed': '对单个数值的定位细于方案允许的程度',
  'reason.notEvaluable': '条款要求的检查无法用于该操作',
  'reason.noiseMissing': '无法加入条款要求的噪声',
  'reason.budgetSpent': '该中心的外发预算已用完',
};
