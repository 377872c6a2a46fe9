using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Deployments;
using ModelOps.Backends.Endpoints;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Trainers;

/// <summary>Who has the weights when a training elsewhere is done.</summary>
public enum TrainedWeights
{
    /// <summary>The provider keeps them; a package points at the model.</summary>
    Kept,

    /// <summary>They can be downloaded; a package holds the adapter.</summary>
    Downloaded,
}

/// <summary>A project's hyper-parameters as a trainer elsewhere is told them.</summary>
/// <param name="LearningRateMultiplier">A factor on the provider's own learning rate; null: the provider chooses.</param>
public sealed record TrainerSettings(TrainOptions Options, double? LearningRateMultiplier);

/// <summary>A value that a trainer does not take.</summary>
/// <param name="Setting">Name of the property.</param>
/// <param name="Expected">What it takes, as in <c>a whole number from 1 to 50</c>.</param>
public sealed record SettingProblem(string Setting, string Expected);

/// <summary>What a trainer elsewhere can do. The pages <c>docs/providers</c> are checked against these.</summary>
public sealed record TrainerDescription
{
    /// <summary>The word of the property <c>Trainer</c>.</summary>
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public required string Title { get; init; }

    /// <summary>Part of the training key: raised when the same settings would be sent in another way.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Where its API lies, up to and with the version.</summary>
    public required Uri Url { get; init; }

    /// <summary>Every account has an address of its own, which the project says: <see cref="Url"/> shows the form.</summary>
    public bool NeedsUrl { get; init; }

    /// <summary>Hosts of its own, to which an app's key may go; one that begins with a dot or a dash stands for all names that end with it.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The environment variable with the key.</summary>
    public required string KeyVariable { get; init; }

    /// <summary>The header in which the key travels.</summary>
    public Func<string, (string Name, string Value)> KeyHeader { get; init; } = KeyHeaders.Bearer;

    public required TrainedWeights Weights { get; init; }

    /// <summary>Words of <c>FineTuneMethod</c> that it can do.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>Properties that are sent, and what they are called there.</summary>
    public required IReadOnlyDictionary<string, string> Sent { get; init; }

    /// <summary>Properties that cannot be sent, and what the provider does instead: fine while a project does not set them.</summary>
    public required IReadOnlyDictionary<string, string> NotSent { get; init; }

    /// <summary>Fewest rows that it trains on.</summary>
    public required int MinimumRows { get; init; }

    /// <summary>A job's id is the caller's, so an id that was used once, for whatever came of it, is used.</summary>
    public bool NamesJobs { get; init; }

    /// <summary>How a job is found again of which nobody remembers the id.</summary>
    public required string Recovery { get; init; }

    /// <summary>How its models are asked.</summary>
    public ChatApi Api { get; init; } = ChatApi.OpenAi;

    /// <summary>The request's member for the longest answer; null where its models are not asked there.</summary>
    public string? MaxTokensMember { get; init; }

    /// <summary>What is known of its future, with a date; null when nothing is. Said whenever a job is created.</summary>
    public string? WindDown { get; init; }

    /// <summary>Values that it does not take.</summary>
    public required Func<TrainerSettings, IEnumerable<SettingProblem>> Check { get; init; }

    /// <summary>Why a row cannot be sent, given the roles of its messages; null when it can.</summary>
    public Func<IReadOnlyList<string>, string?> CheckRow { get; init; } = _ => null;

    /// <summary>Why a row cannot be sent, given the row as a build writes it; null when it can.</summary>
    public Func<JsonElement, string?> RowProblem { get; init; } = _ => null;

    /// <summary>Writes a row of a build as a line of the file to train on.</summary>
    public Action<Utf8JsonWriter, JsonElement> WriteRow { get; init; } = OpenAiRow.Write;

    /// <summary>Where settings and rows depend on the base model: what can be done with each family of models; empty where all are alike.</summary>
    public IReadOnlyList<TrainerDescription> Families { get; init; } = [];

    /// <summary>The description that holds for one base model; null: this one for all.</summary>
    public Func<string, TrainerDescription>? ForModel { get; init; }

    /// <summary>Between those who ask by OpenAI's chat completions and models that are asked in another way; null where they are asked in that one.</summary>
    public Func<TrainerConnection, HttpMessageHandler>? Ask { get; init; }

    /// <summary>The part of the creation request that decides the result. It is part of the training key.</summary>
    public required Func<TrainerSettings, JsonObject> Translate { get; init; }

    public required Func<TrainerConnection, IRemoteTrainer> Open { get; init; }

    /// <summary>Where it serves a model only while it is deployed: its deployments, which the evaluation makes and removes. Null where a model answers as soon as it is trained.</summary>
    public Func<TrainerConnection, IDeploymentHost>? Serve { get; init; }

    /// <summary>Where it has <see cref="Serve"/>: only what is tuned must be deployed; the base model answers as it is.</summary>
    public bool BaseAnswers { get; init; }

    /// <summary>What holds for a base model.</summary>
    public TrainerDescription For(string model) => ForModel?.Invoke(model) ?? this;
}
