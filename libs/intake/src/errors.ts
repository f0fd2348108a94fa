import { defineErrors } from '@cohortium/kernel';

/** Errors of the way from a PACS or a folder into the tray. */
export const intakeErrors = defineErrors({
  'INTAKE.NO_FILES': {
    exit: 2,
    en: { what: 'The folder holds no file.', next: 'Name the folder into which the images were exported.' },
    zh: { what: '文件夹中没有任何文件。', next: '请指定图像导出所在的文件夹。' },
  },
  'INTAKE.REJECTED': {
    exit: 2,
    en: {
      what: 'An object was not taken: {problem, select, unreadable {it is no readable DICOM object} directory {it is the directory of a medium, no image} noUid {it lacks one of its UIDs} noPatientId {it names no participant} tooLarge {it is larger than the limit} other {{problem}}}. It is kept among the rejected.',
      next: 'Send it again whole, or leave it out.',
    },
    zh: {
      what: '有一个对象未被接收：{problem, select, unreadable {不是可读取的 DICOM 对象} directory {是介质目录而非图像} noUid {缺少某个 UID} noPatientId {未指明参与者} tooLarge {超过大小上限} other {{problem}}}。已保存在拒收区。',
      next: '请重新完整发送，或将其排除。',
    },
  },
  'INTAKE.NO_CONFLICT': {
    exit: 2,
    en: { what: 'There is no open conflict {id} in the tray.', next: 'List the open ones with "cohortium intake tray list".' },
    zh: { what: '暂存区中没有未解决的冲突 {id}。', next: '请用 "cohortium intake tray list" 列出未解决的冲突。' },
  },
  'INTAKE.BAD_DECISION': {
    exit: 2,
    en: {
      what: 'Conflict {id} cannot be decided so: {kind, select, missingSlices {missing slices can only be accepted, or sent again} sameUid {one of {sides} contents is kept} twoParticipants {one of {sides} participants is kept} onePseudonym {one of {sides} participants is kept} other {keep one of {sides} sides, or all}}.',
      next: 'Look at the sides with "cohortium intake tray show", then use --keep first, second, a number, or all.',
    },
    zh: {
      what: '冲突 {id} 不能这样处理：{kind, select, missingSlices {缺层只能接受或重新发送} sameUid {须在 {sides} 种内容中保留一种} twoParticipants {须在 {sides} 名参与者中保留一名} onePseudonym {须在 {sides} 名参与者中保留一名} other {须保留 {sides} 方之一或全部}}。',
      next: '请用 "cohortium intake tray show" 查看各方，再使用 --keep first、second、序号或 all。',
    },
  },
  'INTAKE.HELD': {
    exit: 3,
    en: { what: '{count, plural, one {# series has} other {# series have}} an open conflict and cannot be released.', next: 'Decide the conflicts with "cohortium intake tray resolve".' }, // prettier-ignore
    zh: { what: '{count} 个序列存在未解决的冲突，不能放行。', next: '请用 "cohortium intake tray resolve" 处理冲突。' },
  },
  'INTAKE.NO_SUCH_SERIES': {
    exit: 2,
    en: { what: 'The tray holds no such series.', next: 'List what it holds with "cohortium intake tray list".' },
    zh: { what: '暂存区中没有该序列。', next: '请用 "cohortium intake tray list" 列出其内容。' },
  },
  'INTAKE.CANNOT_LISTEN': {
    exit: 2,
    en: {
      what: 'The receiver cannot listen on port {port} ({reason}).',
      next: 'Name a free port with --port; ports below 1024 need a right of their own.',
    },
    zh: { what: '接收器无法在端口 {port} 上监听（{reason}）。', next: '请用 --port 指定空闲端口；1024 以下的端口需要专门权限。' },
  },
  'INTAKE.PEER_UNREACHABLE': {
    exit: 5,
    en: {
      what: 'The archive {peer} does not answer ({reason}).',
      next: 'Check address, port and firewall, then run the command again; what is in the tray is not fetched twice.',
    },
    zh: { what: '归档系统 {peer} 没有应答（{reason}）。', next: '请检查地址、端口和防火墙后重新运行；已在暂存区的内容不会重复获取。' },
  },
  'INTAKE.PEER_REFUSED': {
    exit: 3,
    en: {
      what: 'The archive refused {verb}: {reason}.',
      next: 'Ask its administrator to admit the application entity title, address or account of this site.',
    },
    zh: { what: '归档系统拒绝了 {verb}：{reason}。', next: '请联系其管理员，允许本中心的应用实体标题、地址或账户。' },
  },
  'INTAKE.BAD_ANSWER': {
    exit: 5,
    en: {
      what: 'The answer of the archive cannot be used: {problem, select, truncated {it ended early} malformed {it is not of the form that DICOMweb describes} tooLarge {it is larger than the limit} tooMany {it has more parts than objects were asked for} other {{problem}}}.',
      next: 'Run the command again; what came whole is in the tray and is not fetched twice.',
    },
    zh: {
      what: '归档系统的应答无法使用：{problem, select, truncated {提前结束} malformed {不符合 DICOMweb 规定的形式} tooLarge {超过大小上限} tooMany {部分数多于所请求的对象数} other {{problem}}}。',
      next: '请重新运行；已完整收到的内容在暂存区中，不会重复获取。',
    },
  },
  'INTAKE.NOTHING_FOUND': {
    exit: 2,
    en: { what: 'The archive holds no imaging study that matches.', next: 'Check the identifiers and dates.' },
    zh: { what: '归档系统中没有匹配的影像检查。', next: '请检查标识和日期。' },
  },
  'INTAKE.PSEUDONYM_TAKEN': {
    exit: 6,
    en: {
      what: 'The pseudonym {code} belongs to another participant of this site; nothing was written.',
      next: 'Use another key for this study, so that the two get different pseudonyms.',
    },
    zh: { what: '假名 {code} 已属于本中心的另一名参与者；未写出任何内容。', next: '请为本研究换用另一密钥，使两人得到不同的假名。' },
  },
  'INTAKE.BAD_KEY': {
    exit: 2,
    en: { what: '{path} is no key of a site.', next: 'Make one with "cohortium intake key", or name the file that it wrote.' },
    zh: { what: '{path} 不是中心密钥文件。', next: '请用 "cohortium intake key" 生成，或指定由其写出的文件。' },
  },
});
