/** English texts of reports and summaries, in ICU MessageFormat. `messages.zh.ts` holds the same keys. */
export const en = {
  // Page
  'page.contents': 'Contents',
  'page.footer': 'Cohortium study report · run {run} · model {model} · protocol {study} {version}',
  'page.stamp': 'run {run} · model {model} · protocol {study} {version}',
  'page.kind': 'Prediction model study in {sites, plural, one {# hospital} other {# hospitals}}: development and external validation',
  'page.kindDevelopment':
    'Prediction model study in {sites, plural, one {# hospital} other {# hospitals}}: development, no external validation',
  'page.tripod':
    'Sections follow the order of TRIPOD+AI (Collins et al., BMJ 2024, doi:10.1136/bmj-2023-078378, CC BY 4.0); its item numbers stand under each heading.',
  'page.items': 'TRIPOD+AI {items}',
  'banner.synthetic':
    'Synthetic data. The participants of this study are made by a program, not measured. No number here says anything about patients.',
  'banner.simulated': 'Simulated run. All sites ran in one process, through the encoding and the gate of a real run; no message traveled.',
  'banner.pooled': 'Pooled run. All rows stood in one table; this is the comparison for a federated run, not a federated run.',
  'states.title': 'How absent values are shown',
  'states.zero': 'a measured zero',

  // States of a value
  'state.none-yet': 'none yet',
  'state.withheld': 'withheld',
  'state.not-done': 'not done',
  'state.error': 'error',
  'state.reason': '{state} ({reason})',
  'figure.interval': '{value} (95% CI {low} to {high})',
  'figure.range': '{low} to {high}',
  'figure.bounds': 'between {low} and {high}',
  yes: 'yes',
  no: 'no',
  'list.separator': ', ',

  // Reasons
  'reason.noClause': 'no clause of the protocol allows it',
  'reason.wrongKind': 'the clause allows another kind of message',
  'reason.wrongScope': 'the clause covers other sites',
  'reason.tooFewSites': 'too few sites',
  'reason.belowMinCount': 'too few participants',
  'reason.tooManyParameters': 'too many parameters for the number of participants',
  'reason.tooManyFeatures': 'too many features for one sum',
  'reason.tooLarge': 'message larger than the clause allows',
  'reason.tooMany': 'more messages than the clause allows',
  'reason.contradictsEarlierRelease': 'contradicts what was released before',
  'reason.notApproved': 'the site has not approved the protocol',
  'reason.expired': 'deadline passed',
  'reason.notComputable': 'cannot be computed from these data',
  'reason.smallCell': 'a count below the smallest cell',
  'reason.noExternalSite': 'no external site',
  'reason.fewerThanThreeSites': 'fewer than three sites: the total would describe single sites by difference',
  'reason.notInProtocol': 'not in the protocol',
  'reason.ruleFailed': 'a disclosure rule could not be checked',

  // Words of tables
  'word.site': 'Site',
  'word.role': 'Role',
  'word.training': 'training',
  'word.external': 'external',
  'word.participants': 'Eligible participants',
  'word.verdict': 'Eligibility',
  'word.model': 'Model',
  'word.primary': 'primary',
  'word.feature': 'Feature',
  'word.coefficient': 'Coefficient',
  'word.rank': 'No.',
  'word.auc': 'AUC',
  'word.citl': 'Calibration-in-the-large',
  'word.slope': 'Calibration slope',
  'word.brier': 'Brier score',
  'word.sensitivity': 'Sensitivity',
  'word.specificity': 'Specificity',
  'word.aucPooled': 'AUC, pooled',
  'word.aucWithin': 'AUC, within sites',
  'word.certificate': 'AUC before the score grid',
  'word.value': 'Value',
  'word.reason': 'Reason',
  'word.count': 'Features',
  'word.total': 'Total',
  'word.item': 'Item',
  'word.lambda': 'Penalty λ',
  'word.standardError': 'Standard error',
  'word.deviance': 'Deviance per participant',
  'word.nonZero': 'Non-zero terms',

  // Figures
  'chart.howToRead': 'How to read:',
  'chart.data': 'Data table',
  'chart.csv': 'Data as CSV',
  'table.csv': 'Table as CSV',
  'table.inHtml': '(in the HTML report)',
  'chart.region': '{title} (scrolls sideways)',

  // Summary
  'summary.title': 'Summary',
  'summary.question':
    'Question. Can {features, plural, one {# candidate feature} other {# candidate features}} predict the outcome “{endpoint}”?',
  'summary.training':
    'Development. The model was fitted on {participants, plural, one {# participant} other {# participants}} at {sites, plural, one {# training site} other {# training sites}}.',
  'summary.external':
    'Test. The model was locked before {sites, plural, one {the external site opened: {names}. It} other {the # external sites opened: {names}. They}} took no part in any fit.',
  'summary.noExternal': 'Test. No external site took part: what follows was estimated inside the training sites only.',
  'summary.aucPooled': 'Primary result. AUC of model {model} over all external sites: {auc}.',
  'summary.aucSite': 'Primary result. AUC of model {model} at external site {site}: {auc}.',
  'summary.verdict': 'Verdict:',
  'summary.calibrationOk':
    'Calibration: the intervals of slope and calibration-in-the-large hold the ideal values 1 and 0 at every external site; this is compatible with good calibration and does not prove it.',
  'summary.calibrationOff':
    'Calibration: the predicted probabilities did not fit the observed frequencies at {sites} (an interval excludes the ideal value).',
  'summary.calibrationUnknown': 'Calibration: not known at every external site.',
  'summary.loso': 'Leave-one-site-out validation over the training sites: pooled AUC {pooled}; AUC within sites {within}.',
  'summary.losoSites': 'Leave-one-site-out validation over the training sites: AUC {low} to {high}, depending on the site left out.',
  'summary.release': 'Release rule: {verdict}',
  'summary.use': 'Research result. It is no basis for decisions about a person.',
  'verdict.shown':
    'Discrimination was shown: the 95% interval of the external AUC lies above 0.5. Whether the size of the effect is of use is for the authors to argue.',
  'verdict.shownAll':
    'Discrimination was shown at each of the {judged} external sites: every 95% interval of the AUC lies above 0.5. Whether the size of the effect is of use is for the authors to argue.',
  'verdict.mixed': 'Discrimination was shown at {shown} of {judged} external sites only; it was not shown to hold across hospitals.',
  'verdict.notShown':
    'Discrimination was not shown: the 95% interval of the external AUC holds 0.5, so the ranking cannot be told from chance.',
  'verdict.notShownAll': 'Discrimination was not shown at any of the {judged} external sites: no 95% interval of the AUC lies above 0.5.',
  'verdict.reversed':
    'Discrimination was not shown: the 95% interval of the external AUC lies below 0.5, so the model ranked participants the wrong way round.',
  'verdict.partly': '{verdict} {rest} of {sites} external sites could not be judged.',
  'verdict.noInterval': 'No verdict: the external AUC has no confidence interval.',
  'verdict.notMeasured': 'No verdict: the external AUC is not available.',
  'verdict.emptyModel': 'The primary model has no non-zero term: it gives every participant the same probability.',

  // Methods
  'methods.title': 'Methods',
  'methods.outcome': 'Outcome',
  'methods.outcomeText': '{label} (variable {name}), binary. Participants without a recorded outcome are not eligible.',
  'methods.eligibility': 'Eligibility',
  'methods.eligibilityText':
    'By the criteria of protocol {study} {version} (SHA-256 {hash}). Sites below the minimum count, or with one class of the outcome only, were excluded before any sum.',
  'methods.missing': 'Missing data',
  'methods.missingText':
    'Features missing more often than the protocol allows were left out. Other missing cells were replaced by the median of the training sites, at external sites too.',
  'methods.scaling': 'Scaling',
  'methods.scalingText':
    'Standardization (z-score) by mean and SD of the observed training values; after harmonization again by mean and SD of the training rows.',
  'methods.clip': 'Absolute z-scores were bounded at {clip}.',
  'methods.harmonization': 'Harmonization',
  'methods.harmonizationNone': 'None.',
  'methods.harmonizationCombat': 'ComBat, parametric empirical Bayes, batch = site.',
  'methods.model': 'Model',
  'methods.modelText':
    'Logistic regression with elastic-net penalty: the mean negative log-likelihood plus λ[(1 − α)/2 · Σβ² + α · Σ|β|] is minimized; the intercept carries no penalty. α = 1 is the lasso, α = 0 ridge.',
  'methods.penalty': 'Penalty',
  'methods.penaltyCrossValidation':
    '{models}: λ chosen on a path by cross-validated deviance over participant folds, in training sites only.',
  'methods.penaltyFixed': '{models}: λ fixed in the protocol.',
  'methods.lock': 'Lock',
  'methods.lockText':
    'Preparation, coefficients and threshold were frozen, and their hash committed, before any external site was asked anything.',
  'methods.threshold': 'Threshold',
  'methods.thresholdText': 'A predicted probability of {threshold} or more counts as positive (primary model).',
  'methods.external': 'External validation',
  'methods.externalText':
    'AUC with DeLong interval; calibration-in-the-large and calibration slope by logistic recalibration with Wald intervals; Brier score with normal interval; sensitivity and specificity at the frozen threshold with Wilson intervals. All intervals are 95%.',
  'methods.loso': 'Leave-one-site-out',
  'methods.losoSiteFolds':
    'Each training site was left out in turn; preparation and model were fitted anew on the others, with λ tuned by leaving out sites among them; a λ fixed in the protocol stayed as it was.',
  'methods.losoFinalModel':
    'Each training site was left out in turn; preparation and model were fitted anew on the others, with the λ of the final model.',
  'methods.losoAbsent': '{state}.',
  'methods.computation': 'Computation',
  'methods.federated': 'Federated: rows stayed at the sites; {rounds, plural, one {# round} other {# rounds}} of sums and site summaries.',
  'methods.simulated': 'Simulated: {rounds, plural, one {# round} other {# rounds}} of sums and site summaries in one process.',
  'methods.pooled': 'Pooled: {rounds, plural, one {# round} other {# rounds}} of sums and summaries over one table.',

  // Participants
  'participants.title': 'Participants',
  'participants.caption': 'Eligible participants by site',
  'participants.text':
    '{participants, plural, one {# participant} other {# participants}} at {sites, plural, one {# training site} other {# training sites}} entered the fit.',
  'participants.withheld': 'A withheld count is below the smallest cell of the clause. Event counts of single sites are never released.',
  'verdictSite.eligible': 'eligible',
  'verdictSite.tooFew': 'excluded: too few participants',
  'verdictSite.oneClass': 'excluded: one class of the outcome only',

  // Missing data
  'missing.title': 'Missing data',
  'missing.caption': 'Candidate features by share of missing training cells',
  'missing.text':
    'Of {candidates, plural, one {# candidate feature} other {# candidate features}}, {kept} were kept and {leftOut} left out. Shares are shown in bands.',
  'missing.band': 'Share missing',
  'missing.bandNone': '0 (none missing)',
  'missing.leftOutCaption': 'Features left out',
  'missing.leftOutMissing': 'missing too often',
  'missing.leftOutConstant': 'constant',
  'missing.byFeature': 'Features with missing cells ({count})',
  'missing.byFeatureCaption': 'Band of missing training cells by feature',

  // Harmonization
  'harmonization.title': 'Harmonization',
  'harmonization.none': 'No harmonization: differences between scanners and hospitals remain in the features.',
  'harmonization.text':
    'ComBat removed location and scale differences between sites from {count, plural, one {# feature} other {# features}}.',
  'harmonization.covariates': 'Covariates whose effect was kept',
  'harmonization.noCovariates': 'none',
  'harmonization.minBatch': 'Smallest batch',
  'harmonization.newSite': 'Site outside training',
  'harmonization.newSiteNone': 'not harmonized',
  'harmonization.newSiteFrozenLocalEb':
    'estimates its own location and scale from its unlabeled features against the frozen reference (transductive: the features of the test participants are used, their outcomes are not)',
  'harmonization.passedThrough': 'Features passed through unchanged',
  'harmonization.stayed': 'What stayed at the sites',
  'harmonization.stayedText':
    'The location and scale effects of each site. The coordinator holds only the common reference: grand means, covariate effects and pooled variances.',
  'harmonization.commitments': 'An external site commits to its effects by hash before its outcomes are opened.',
  'harmonization.caption': 'Harmonization settings',

  // Models
  'models.title': 'Models',
  'models.caption': 'Fitted models',
  'models.alpha': 'Mixing α',
  'models.rule': 'Choice of λ',
  'models.ruleCrossValidation': 'cross-validation',
  'models.ruleFixed': 'fixed',
  'models.terms': 'Non-zero terms / all',
  'models.intercept': 'Intercept',
  'models.rounds': 'Gradient rounds',
  'models.converged': 'Converged',
  'models.coefficients': 'Coefficients of model {model}',
  'models.coefficientsFinding':
    'Model {model} has {nonZero} non-zero of {total, plural, one {# term} other {# terms}}; the largest in size is {feature} with {coefficient} per SD.',
  'models.coefficientsEmpty': 'Model {model}: all {total} coefficients are zero.',
  'models.coefficientsHowTo':
    'bars to the right (filled) raise, bars to the left (hollow) lower the predicted log odds per standard deviation of the prepared feature.',
  'models.coefficientsTop': 'The {shown} largest of {nonZero} are drawn; the table holds all.',
  'models.coefficientsAxis': 'Coefficient (log odds per SD)',
  'models.fullTable': 'All {count} terms of model {model}, with the preparation of each feature',
  'models.fullCaption': 'Model {model}: coefficients and preparation parameters',
  'models.median': 'Median (imputation)',
  'models.center': 'Mean',
  'models.scale': 'SD',
  'models.finalCenter': 'Mean after harmonization',
  'models.finalScale': 'SD after harmonization',
  'models.path': 'Cross-validation path of model {model}',
  'models.pathFinding':
    'Model {model}: at the chosen λ {lambda} the cross-validated deviance is {deviance} (SE {error}) with {nonZero, plural, one {# non-zero term} other {# non-zero terms}}; the smallest deviance on the path is {minimum}.',
  'models.pathHowTo':
    'the dashed line marks the chosen λ; bars are ± 1 standard error over folds; stronger penalties, hence fewer terms, lie to the left.',
  'models.pathAxis': 'Penalty λ (log scale, decreasing)',
  'models.pathDeviance': 'Deviance ± 1 SE',
  'models.pathTable': 'All {count} points of the path of model {model}',
  'models.pathCaption': 'Cross-validation path of model {model}',

  // Lock
  'lock.title': 'Model lock',
  'lock.text': 'The hash of the model was committed before any external site opened; a changed model has another hash.',
  'lock.caption': 'Locked model',
  'lock.primary': 'Primary model',
  'lock.model': 'SHA-256 of the model',
  'lock.onnx': 'SHA-256 of the ONNX file',
  'lock.threshold': 'Threshold on the probability',
  'lock.commitCaption': 'Commitments of the external sites',
  'lock.harmonization': 'Site effects of the harmonization (before outcomes opened)',
  'lock.predictions': 'Predictions of model {model}',
  'lock.noHarmonization': 'nothing to harmonize',

  // External validation
  'external.title': 'External validation',
  'external.none': 'No external site took part. Nothing is known about hospitals outside training.',
  'external.caption': 'Performance at each external site (95% intervals)',
  'external.pooledCaption': 'Performance over all participants of the external sites (95% intervals)',
  'external.pooledAbsent': 'Pooled over external sites: {state}.',
  'external.forest': 'External AUC of model {model} by site',
  'external.certificateNote':
    'The pooled AUC is computed on the declared score grid; the AUC of the ungridded scores lies within the bounds given.',

  // Forest
  'forest.axis': 'AUC (95% interval)',
  'forest.chance': 'chance',
  'forest.howTo':
    'each mark is an AUC, its line the 95% interval; at 0.5 (dashed) ranking is no better than chance. Diamonds stand for all sites together.',
  'forest.one':
    'At {site} the AUC is {auc}; its interval {position, select, above {lies above 0.5} below {lies below 0.5} other {holds 0.5}}.',
  'forest.many':
    'The AUC runs from {low} to {high} over {judged} sites; its interval lies above 0.5 at {above, plural, =0 {none of them} one {# of them} other {# of them}}.',
  'forest.none': 'No site has an AUC that may be shown.',
  'forest.rowCount': '{site} (n = {n})',
  'forest.rowState': '{site} (n {state})',

  // Leave-one-site-out
  'loso.title': 'Leave-one-site-out validation',
  'loso.absent': 'Leave-one-site-out validation: {state}.',
  'loso.forest': 'AUC of model {model} at each site left out',
  'loso.caption': 'Performance at each site when it was left out (95% intervals)',
  'loso.pooledCaption': 'All left-out participants together (95% intervals)',
  'loso.pooledAbsent': 'Pooled over the sites left out: {state}.',
  'loso.note':
    'The pooled AUC also compares participants of different hospitals. It can profit from differences between hospitals, such as in prevalence or scanners, that do not help within any hospital. The AUC within sites compares participants of the same hospital only; read it first.',
  'loso.higher': 'For model {model} the pooled AUC is higher than the AUC within sites by {difference}.',
  'loso.lower': 'For model {model} the pooled AUC is lower than the AUC within sites by {difference}.',
  'loso.internal': 'This is an internal validation: every site took part in the final model.',

  // What left
  'egress.title': 'What left each site',
  'egress.caption': 'Messages and bytes that left each site',
  'egress.messages': 'Messages',
  'egress.bytes': 'Bytes',
  'egress.size': 'Size',
  'egress.none': 'No site sent anything.',
  'egress.text':
    'Only vectors that join a sum, and site summaries under a clause, may leave a site. Counted here is everything that left, with its envelopes.',

  // Privacy
  'privacy.title': 'Privacy',
  'privacy.visible':
    'Contributions are visible to the coordinator. Secure aggregation was not used in this run: the coordinator could read the vector of each single site, not only the sum over sites. The gate of each site limited what these vectors may hold.',
  'privacy.masked': 'Sums were made by secure aggregation: the coordinator saw the sum over sites, not the vector of a single site.',
  'privacy.pooled': 'This run had all rows in one table, so nothing was protected by federation.',
  'privacy.simulated': 'In a simulated run all sites share one process; the statement holds for a federated run with the same settings.',
  'privacy.collusion':
    'With {sites} training sites, {colluders, plural, one {a single site} other {# sites that collude}} can learn the sum of the two others from the published totals.',
  'privacy.loso':
    'Leave-one-site-out validation discloses, by difference, aggregates of single sites; the clauses of the protocol that allow it say so.',

  // Limits
  'limits.title': 'Limits of this run',
  'limits.text': 'Found by the program from the results; the authors add theirs.',
  'limits.synthetic': 'The data are synthetic.',
  'limits.noExternal': 'No external site: the performance at other hospitals is unknown.',
  'limits.fewExternal': 'Fewer than three external sites: the spread of the performance between hospitals is unknown.',
  'limits.fewTraining': 'Fewer than three training sites.',
  'limits.transductive': 'The harmonization of an external site uses the unlabeled features of its test participants.',
  'limits.visible': 'Contributions of single sites were visible to the coordinator.',
  'limits.reversed':
    'At {sites} the model ranks participants the wrong way round: the whole interval of its AUC lies below 0.5. Look at the coding of the endpoint there before anything else; flipped labels, by mistake or on purpose, look like this.',
  'limits.unlike':
    'Before harmonization, the features of {sites} lie far from those of all other sites. Look at units and columns there; scaled values, by mistake or on purpose, look like this.',
  'limits.notConverged': 'Not converged: {models}.',
  'limits.excluded': 'Excluded at eligibility: {sites}.',
  'limits.noLoso': 'No leave-one-site-out validation.',
  'limits.notFederated': 'The run was not made by separate hospitals.',
  'limits.scope': 'Not part of this report: results in subgroups.',

  // Reproducibility
  'repro.title': 'Reproducibility',
  'repro.text':
    'The section “science” of results.json has equal bits whenever the same protocol runs on the same data in the same mode; between modes it agrees within the tolerance stated in the documentation.',
  'repro.caption': 'Identity of the run',
  'repro.study': 'Study and protocol version',
  'repro.protocol': 'SHA-256 of the protocol',
  'repro.run': 'Run',
  'repro.mode': 'Mode',
  'repro.modeFederated': 'federated',
  'repro.modeSimulated': 'simulated',
  'repro.modePooled': 'pooled',
  'repro.started': 'Started',
  'repro.finished': 'Finished',
  'repro.instant': '{utc} UTC ({shanghai} China Standard Time)',
  'repro.duration': 'Duration',
  'repro.host': 'Host of the coordinator',
  'repro.hostText': '{platform} {arch}, {cpus, plural, one {# processor} other {# processors}}',
  'repro.schema': 'Version of results.json',
  'repro.software': 'Software',
  'ledger.line': 'Ledger: {count, plural, one {leaf} other {leaves}}',
  'ledger.text':
    'Each figure names the leaves of the coordinator’s log from which it was computed. “cohortium verify” finds them under these numbers in the study bundle, checks their proofs and witnesses, and with a full bundle computes the figures again.',
  'ledger.none': 'No log was kept, since nothing left a hospital in this mode; no figure can be traced to one.',
  'ledger.caption': 'Leaves of the log {log}',
  'ledger.index': 'Leaf',
  'ledger.holds': 'What it holds',
  'ledger.round': 'Round',
  'ledger.operation': 'Operation',
  'ledger.hash': 'Leaf hash (RFC 9162)',
  'ledger.roundCommit': 'total of a round',
  'ledger.modelCommit': 'lock of the model',
  'repro.softwareVersion': '{name} {version}',

  // Left to the authors
  'authors.title': 'Left to the authors',
  'authors.text':
    'No program can write these items of TRIPOD+AI; they are not reported here: background and rationale (3a–c), treatments received (6c), assessors and blinding of outcome and predictors (8b, 8c, 9c), reasons for the sample size (10), ethics approval and consent (17), funding and conflicts of interest (18a, 18b), registration and data sharing (18d, 18e), patient and public involvement (19), interpretation (25), next steps (27c).',

  // Terminal
  'line.study': '{title} (study {study} {version}, run {run}, {mode})',
  'line.synthetic': 'SYNTHETIC DATA',
  'line.outcome': 'Outcome: {label}',
  'line.training':
    'Training: {sites, plural, one {# site} other {# sites}} ({names}), {participants, plural, one {# participant} other {# participants}}',
  'line.external': 'External: {sites, plural, one {# site} other {# sites}} ({names})',
  'line.noExternal': 'External: no site',
  'line.siteCount': '{site} n = {n}',
  'line.excluded': 'Excluded: {sites}',
  'line.features': 'Features: {kept} kept of {candidates}; harmonization: {method}',
  'line.model':
    'Primary model: {model}, α {alpha}, λ {lambda}, {nonZero} of {total} terms non-zero{converged, select, no {, NOT CONVERGED} other {}}',
  'line.aucSite': 'External AUC, {site}: {auc}',
  'line.aucPooled': 'External AUC, pooled: {auc}',
  'line.loso': 'Leave-one-site-out AUC: pooled {pooled}; within sites {within}',
  'line.losoSites': 'Leave-one-site-out AUC: {low} to {high} by site; pooled: {state}',
  'line.losoAbsent': 'Leave-one-site-out: {state}',
  'line.egress': 'Left the sites: {messages, plural, one {# message} other {# messages}}, {bytes}',
  'line.verdict': 'Verdict: {verdict}',
  'line.visible': 'Contributions were visible to the coordinator (sums were not masked).',
} as const;
