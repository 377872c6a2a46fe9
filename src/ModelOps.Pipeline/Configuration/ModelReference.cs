using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Configuration;

/// <summary>Another model project of which this one uses the model: a <c>ProjectReference</c> with <c>ModelOpsUse</c>.</summary>
public sealed record ModelReference
{
    /// <summary><c>ModelOpsUse</c>: the model with its adapter merged is this project's base model.</summary>
    public const string BaseModel = Names.BaseModel;

    /// <summary><c>ModelOpsUse</c>: the model's answers to <see cref="Prompts"/> are rows that this project learns.</summary>
    public const string TrainingData = Names.TrainingData;

    /// <summary>As the project says it; <see cref="Resolving.ReferenceCheck"/> looks whether it is one of the two words.</summary>
    public required string Use { get; init; }

    /// <summary>The other project's file, absolute.</summary>
    public required string ProjectFile { get; init; }

    /// <summary>The other project's <c>obj/modelops</c>, absolute.</summary>
    public required string Directory { get; init; }

    /// <summary>Folder of the other project's base model, absolute.</summary>
    public required string BaseModelDirectory { get; init; }

    /// <summary>The other project's properties that decide how its model answers, and its <c>FineTuneMethod</c>.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Files with what is asked, absolute.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>What this project makes of it: the folder of the merged model, or the file with the rows; absolute, below its own <c>obj/modelops</c>.</summary>
    public required string Output { get; init; }

    /// <summary>The feed that the other model came from unsigned; empty when it may be packed.</summary>
    public string Unsigned { get; init; } = "";

    /// <summary>In a plan: the other project's model would change first.</summary>
    public bool Changes { get; init; }

    public string Name => Path.GetFileNameWithoutExtension(ProjectFile);

    public StageFiles Files => new(Directory);

    public string Receipts => Path.Combine(Directory, "receipts");

    public bool IsBaseModel => Use.Equals(BaseModel, StringComparison.OrdinalIgnoreCase);

    public bool IsTrainingData => Use.Equals(TrainingData, StringComparison.OrdinalIgnoreCase);

    /// <summary>The other project trained a whole model and no adapter.</summary>
    public bool IsWholeModel => Settings.GetValueOrDefault(Names.FineTuneMethod, "").EndsWith("full", StringComparison.OrdinalIgnoreCase);

    /// <summary>The store for what is made of it: answers of a model that nobody signed live apart; a merged model is known by its content.</summary>
    public string StoreRoot(string root) => Unsigned.Length > 0 && IsTrainingData ? Core.Artifacts.ModelStore.UnsignedIn(root) : root;

    /// <summary>The other project as it describes itself.</summary>
    public ProjectInputs Inputs => new() { ProjectFile = ProjectFile, Settings = Settings };
}
