namespace ModelOps.Pipeline.Configuration;

/// <summary>Every stage, property, item and metadata name that this product reads. A name that is not here means nothing to it.</summary>
public static class Names
{
    // Stages: targets, tasks, stage files and receipts share these words.
    public const string Resolve = nameof(Resolve);
    public const string Prepare = nameof(Prepare);
    public const string Validate = nameof(Validate);
    public const string Fingerprint = nameof(Fingerprint);
    public const string Train = nameof(Train);
    public const string Evaluate = nameof(Evaluate);
    public const string Gate = nameof(Gate);

    /// <summary>What a project that refers to this one is given: the package's content, not packed.</summary>
    public const string LayOut = nameof(LayOut);

    /// <summary>The fact of Train's receipt that says what it did.</summary>
    public const string Said = "said";

    /// <summary>The fact of a receipt that names the feed of an unsigned result, or of what it was made of.</summary>
    public const string Unsigned = "unsigned";

    /// <summary>The fact of Train's receipt that says that the result is this machine's own and only what it was made of is unsigned.</summary>
    public const string UnsignedReference = "unsignedReference";

    // Properties of a project.
    public const string BaseModel = nameof(BaseModel);
    public const string Trainer = nameof(Trainer);
    public const string ProviderModel = nameof(ProviderModel);
    public const string LearningRateMultiplier = nameof(LearningRateMultiplier);
    public const string TrainerVersion = nameof(TrainerVersion);
    public const string TrainerEnvironment = nameof(TrainerEnvironment);
    public const string TrainCommand = nameof(TrainCommand);
    public const string LlamaFactoryTemplate = nameof(LlamaFactoryTemplate);
    public const string SlurmTrainer = nameof(SlurmTrainer);
    public const string SlurmOptions = nameof(SlurmOptions);
    public const string SlurmExport = nameof(SlurmExport);
    public const string SlurmDirectory = nameof(SlurmDirectory);
    public const string TorchDevice = nameof(TorchDevice);
    public const string TorchSharpVersion = nameof(TorchSharpVersion);
    public const string FineTuneMethod = nameof(FineTuneMethod);
    public const string QuantizationType = nameof(QuantizationType);
    public const string DpoBeta = nameof(DpoBeta);
    public const string DpoLabelSmoothing = nameof(DpoLabelSmoothing);
    public const string LoraRank = nameof(LoraRank);
    public const string LoraAlpha = nameof(LoraAlpha);
    public const string LoraDropout = nameof(LoraDropout);
    public const string LoraTargetModules = nameof(LoraTargetModules);
    public const string UseRsLora = nameof(UseRsLora);
    public const string LearningRate = nameof(LearningRate);
    public const string LearningRateSchedule = nameof(LearningRateSchedule);
    public const string WarmupRatio = nameof(WarmupRatio);
    public const string Epochs = nameof(Epochs);
    public const string MaxSteps = nameof(MaxSteps);
    public const string BatchSize = nameof(BatchSize);
    public const string GradientAccumulationSteps = nameof(GradientAccumulationSteps);
    public const string MaxGradNorm = nameof(MaxGradNorm);
    public const string WeightDecay = nameof(WeightDecay);
    public const string EvaluationSteps = nameof(EvaluationSteps);
    public const string EarlyStoppingPatience = nameof(EarlyStoppingPatience);
    public const string EarlyStoppingThreshold = nameof(EarlyStoppingThreshold);
    public const string LoadBestModelAtEnd = nameof(LoadBestModelAtEnd);
    public const string Seed = nameof(Seed);
    public const string MaxSequenceLength = nameof(MaxSequenceLength);
    public const string PreserveDataOrder = nameof(PreserveDataOrder);
    public const string MaxNewTokens = nameof(MaxNewTokens);
    public const string RepetitionPenalty = nameof(RepetitionPenalty);
    public const string AnswerSchema = nameof(AnswerSchema);
    public const string Temperature = nameof(Temperature);
    public const string TopK = nameof(TopK);
    public const string TopP = nameof(TopP);
    public const string Repeats = nameof(Repeats);
    public const string UseEvalLock = nameof(UseEvalLock);
    public const string EvalLockedMode = nameof(EvalLockedMode);
    public const string NearDuplicateThreshold = nameof(NearDuplicateThreshold);
    public const string DataSplit = nameof(DataSplit);
    public const string SplitSeed = nameof(SplitSeed);
    public const string UseSplitLock = nameof(UseSplitLock);
    public const string Deduplicate = nameof(Deduplicate);
    public const string NormalizeUnicode = nameof(NormalizeUnicode);
    public const string ModelOpsGates = nameof(ModelOpsGates);
    public const string ModelOpsReport = nameof(ModelOpsReport);
    public const string ModelOpsForce = nameof(ModelOpsForce);
    public const string ModelOpsMode = nameof(ModelOpsMode);
    public const string ModelOpsHome = nameof(ModelOpsHome);
    public const string ModelOpsStoreSize = nameof(ModelOpsStoreSize);
    public const string ModelOpsCacheSource = nameof(ModelOpsCacheSource);
    public const string ModelOpsCachePush = nameof(ModelOpsCachePush);
    public const string ModelOpsCacheSigningKey = nameof(ModelOpsCacheSigningKey);
    public const string ModelOpsCacheTrustedKeys = nameof(ModelOpsCacheTrustedKeys);
    public const string ModelOpsCacheApiKey = nameof(ModelOpsCacheApiKey);
    public const string ModelOpsCacheTimeout = nameof(ModelOpsCacheTimeout);
    public const string ModelOpsThreads = nameof(ModelOpsThreads);
    public const string ModelOpsCheckpointSteps = nameof(ModelOpsCheckpointSteps);
    public const string ModelOpsMaxParallelTraining = nameof(ModelOpsMaxParallelTraining);
    public const string ModelOpsWorkerPath = nameof(ModelOpsWorkerPath);
    public const string ModelOpsBudget = nameof(ModelOpsBudget);
    public const string ModelOpsPrices = nameof(ModelOpsPrices);
    public const string ModelOpsProviderUrl = nameof(ModelOpsProviderUrl);
    public const string ModelOpsProviderKeyVariable = nameof(ModelOpsProviderKeyVariable);
    public const string ModelOpsWait = nameof(ModelOpsWait);
    public const string ModelOpsCancelRemoteOnExit = nameof(ModelOpsCancelRemoteOnExit);
    public const string ModelOpsVersionSuffix = nameof(ModelOpsVersionSuffix);
    public const string ModelOpsPackageSizeLimit = nameof(ModelOpsPackageSizeLimit);
    public const string ModelOpsAllowedProperties = nameof(ModelOpsAllowedProperties);
    public const string ModelOpsMustCite = nameof(ModelOpsMustCite);
    public const string ModelOpsLatencyLimit = nameof(ModelOpsLatencyLimit);
    public const string ModelOpsRequestsPerMonth = nameof(ModelOpsRequestsPerMonth);
    public const string ModelOpsOwnWeights = nameof(ModelOpsOwnWeights);
    public const string ModelOpsAdvise = nameof(ModelOpsAdvise);
    public const string ModelOpsMaxTrainingCost = nameof(ModelOpsMaxTrainingCost);
    public const string ModelOpsMaxEvaluationCost = nameof(ModelOpsMaxEvaluationCost);

    // Items of a project.
    public const string TrainingData = nameof(TrainingData);
    public const string ValidationData = nameof(ValidationData);
    public const string EvalData = nameof(EvalData);
    public const string RegressionData = nameof(RegressionData);
    public const string PromptBaseline = nameof(PromptBaseline);
    public const string EvalGate = nameof(EvalGate);
    public const string CandidatePrompt = nameof(CandidatePrompt);
    public const string Documents = nameof(Documents);
    public const string ModelEndpoint = nameof(ModelEndpoint);
    public const string ModelCommand = nameof(ModelCommand);
    public const string GateAgainst = nameof(GateAgainst);
    public const string ModelJudge = nameof(ModelJudge);
    public const string BaseModelReference = nameof(BaseModelReference);
    public const string SourceData = nameof(SourceData);
    public const string RowFilter = nameof(RowFilter);
    public const string ProductionLog = nameof(ProductionLog);

    // Their metadata.
    public const string Name = nameof(Name);
    public const string Shots = nameof(Shots);
    public const string Examples = nameof(Examples);
    public const string Passages = nameof(Passages);
    public const string Answer = nameof(Answer);
    public const string Endpoint = nameof(Endpoint);
    public const string Url = nameof(Url);
    public const string Model = nameof(Model);
    public const string ApiKeyVariable = nameof(ApiKeyVariable);
    public const string MaxConcurrency = nameof(MaxConcurrency);
    public const string MaxTokensMember = nameof(MaxTokensMember);
    public const string PromptPrice = nameof(PromptPrice);
    public const string CompletionPrice = nameof(CompletionPrice);
    public const string Currency = nameof(Currency);
    public const string Timeout = nameof(Timeout);
    public const string Command = nameof(Command);
    public const string Inputs = nameof(Inputs);
    public const string Prompt = nameof(Prompt);
    public const string Criteria = nameof(Criteria);
    public const string Marks = nameof(Marks);
    public const string Humans = nameof(Humans);
    public const string MinimumAgreement = nameof(MinimumAgreement);
    public const string Version = nameof(Version);
    public const string Format = nameof(Format);
    public const string Weight = nameof(Weight);
    public const string Group = nameof(Group);
    public const string Set = nameof(Set);
    public const string System = nameof(System);
    public const string Completion = nameof(Completion);
    public const string Fields = nameof(Fields);
    public const string Field = nameof(Field);
    public const string Values = nameof(Values);
    public const string Minimum = nameof(Minimum);
    public const string Maximum = nameof(Maximum);
    public const string Pattern = nameof(Pattern);

    /// <summary>Metadata that the targets add to the items of subjects: which item it is, and where NuGet restores packages.</summary>
    public const string ItemType = "ModelOpsItemType", PackageRoot = "ModelOpsPackageRoot";

    /// <summary>Metadata that the targets add to sources: the folder of what is made of them.</summary>
    public const string PreparedFolder = "ModelOpsPrepared";

    /// <summary>Items that are no files.</summary>
    public static IReadOnlyList<string> NoFiles { get; } = [EvalGate, ModelEndpoint, ModelCommand, GateAgainst, ModelJudge, BaseModelReference, RowFilter];

    /// <summary>Metadata of <c>EvalData</c>: only Pack looks at these rows.</summary>
    public const string Sealed = nameof(Sealed);

    /// <summary>Metadata of a dataset: its licence, an SPDX expression.</summary>
    public const string License = nameof(License);

    /// <summary>MSBuild's own: codes of warnings that nobody wants to see.</summary>
    public const string NoWarn = nameof(NoWarn);

    /// <summary>A setting that the targets make: the worker, when it is not the one inside the SDK; its content is part of the training key.</summary>
    public const string OutsideWorker = "ModelOpsOutsideWorker";

    /// <summary>A setting that the targets make: the TorchSharp.dll that NuGet restored for <c>Trainer=torchsharp</c>.</summary>
    public const string TorchSharpFile = "ModelOpsTorchSharp";

    // Metadata of a ProjectReference.
    public const string ModelOpsUse = nameof(ModelOpsUse);
    public const string Prompts = nameof(Prompts);

    /// <summary>The metadata that holds the value of a <c>ModelOpsSetting</c> item.</summary>
    public const string Value = nameof(Value);

    /// <summary>Stages whose receipts make a build up to date, in order.</summary>
    public static IReadOnlyList<string> ReceiptStages { get; } = [Validate, Fingerprint, Train, Evaluate, Gate];

    /// <summary>Properties that people set; a near miss of one of these is an error.</summary>
    public static IReadOnlyList<string> Properties { get; } =
    [
        BaseModel, Trainer, TorchDevice, TorchSharpVersion, ProviderModel, LearningRateMultiplier, ModelOpsPrices, ModelOpsProviderUrl, ModelOpsProviderKeyVariable, ModelOpsWait, ModelOpsCancelRemoteOnExit,
        FineTuneMethod, QuantizationType, DpoBeta, DpoLabelSmoothing, LoraRank, LoraAlpha, LoraDropout, LoraTargetModules, UseRsLora, LearningRate, LearningRateSchedule,
        WarmupRatio, Epochs, MaxSteps, BatchSize, GradientAccumulationSteps, MaxGradNorm, WeightDecay, Seed, MaxSequenceLength, PreserveDataOrder, NearDuplicateThreshold, DataSplit, SplitSeed, UseSplitLock, Deduplicate, NormalizeUnicode,
        EvaluationSteps, EarlyStoppingPatience, EarlyStoppingThreshold, LoadBestModelAtEnd, ModelOpsCheckpointSteps, ModelOpsMaxParallelTraining,
        TrainerVersion, TrainerEnvironment, TrainCommand, LlamaFactoryTemplate, SlurmTrainer, SlurmOptions, SlurmExport, SlurmDirectory,
        MaxNewTokens, RepetitionPenalty, AnswerSchema, Temperature, TopK, TopP, Repeats, UseEvalLock, EvalLockedMode, ModelOpsBudget, ModelOpsGates, ModelOpsReport, ModelOpsForce, ModelOpsMode, ModelOpsHome, ModelOpsStoreSize, ModelOpsThreads,
        ModelOpsWorkerPath, ModelOpsVersionSuffix, ModelOpsPackageSizeLimit, ModelOpsAllowedProperties,
        ModelOpsMustCite, ModelOpsLatencyLimit, ModelOpsRequestsPerMonth, ModelOpsOwnWeights, ModelOpsAdvise, ModelOpsMaxTrainingCost, ModelOpsMaxEvaluationCost,
        ModelOpsCacheSource, ModelOpsCachePush, ModelOpsCacheSigningKey, ModelOpsCacheTrustedKeys, ModelOpsCacheApiKey, ModelOpsCacheTimeout,
        "EnableDefaultModelOpsItems", "ModelOpsProbes", "ModelBaselineVersion", "ModelOpsIntermediateDirectory", "BaseModelPackageId", "BaseModelLicenseExpression",
        "ModelOpsLookDependsOn", "ModelOpsResolveDependsOn", "ModelOpsPrepareDependsOn", "ModelOpsBuildDependsOn", "ModelOpsValidateDependsOn", "ModelOpsFingerprintDependsOn", "ModelOpsTrainDependsOn",
        "ModelOpsEvaluateDependsOn", "ModelOpsGateDependsOn", "ModelOpsPackageDependsOn",
    ];

    /// <summary>Items, and the metadata that each understands; an EvalGate's is known to the gates themselves.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Items { get; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase)
    {
        [TrainingData] = [License],
        [ValidationData] = [License],
        [EvalData] = [License, Sealed],
        [RegressionData] = [License],
        [PromptBaseline] = [Name, Shots, Examples, Passages, Answer, Endpoint],
        [CandidatePrompt] = [Shots, Examples, Passages, Answer],
        [Documents] = [],
        [ModelEndpoint] = [Url, Model, ApiKeyVariable, MaxConcurrency, MaxTokensMember, PromptPrice, CompletionPrice, Currency, Timeout],
        [ModelCommand] = [Command, Inputs, Timeout],
        [GateAgainst] = [Version],
        [ModelJudge] = [Prompt, Criteria, Marks, Endpoint, Humans, MinimumAgreement, Repeats, Seed],
        [BaseModelReference] = [Version],
        [SourceData] = [Format, Set, Group, Weight, License, Prompt, Completion, System, Fields],
        [RowFilter] = [Minimum, Maximum, Pattern, Field, Values],
        [ProductionLog] = [],
        [EvalGate] = [],
    };
}
