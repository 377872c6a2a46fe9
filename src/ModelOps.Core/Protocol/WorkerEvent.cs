using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelOps.Core.Protocol;

/// <summary>One line of a worker's standard output.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(ProgressEvent), "progress")]
[JsonDerivedType(typeof(MetricEvent), "metric")]
[JsonDerivedType(typeof(LogEvent), "log")]
[JsonDerivedType(typeof(ResultEvent), "result")]
[JsonDerivedType(typeof(ErrorEvent), "error")]
public abstract record WorkerEvent
{
    public static WorkerEvent? Parse(string line) => JsonSerializer.Deserialize<WorkerEvent>(line, WorkerJson.Options);

    public string ToLine() => JsonSerializer.Serialize(this, WorkerJson.Options);
}

public sealed record ProgressEvent : WorkerEvent
{
    public required long Step { get; init; }

    public required long Steps { get; init; }

    public double? Epoch { get; init; }

    public double? Loss { get; init; }

    /// <summary>Of preference pairs: the share whose preferred answer has gained more than the other one.</summary>
    public double? RewardAccuracy { get; init; }

    public double? TokensPerSecond { get; init; }

    public double? RowsPerSecond { get; init; }

    public double? EtaSeconds { get; init; }
}

public sealed record MetricEvent : WorkerEvent
{
    public required string Name { get; init; }

    public required double Value { get; init; }

    public double? Epoch { get; init; }

    public long? Step { get; init; }
}

public sealed record LogEvent : WorkerEvent
{
    /// <summary><c>debug</c>, <c>info</c> or <c>warning</c>.</summary>
    public required string Level { get; init; }

    public required string Message { get; init; }
}

/// <summary>The last line of a successful run. Which properties are set depends on the verb.</summary>
public sealed record ResultEvent : WorkerEvent
{
    public long? Steps { get; init; }

    public long? Tokens { get; init; }

    public long? Rows { get; init; }

    public double? Seconds { get; init; }

    public double? FinalLoss { get; init; }

    public string? Architecture { get; init; }

    public long? Parameters { get; init; }

    public long? TrainableParameters { get; init; }

    /// <summary>Rows that <c>maxSequenceLength</c> cuts.</summary>
    public long? CutRows { get; init; }

    public long? LongestRow { get; init; }

    /// <summary>What <c>inspect</c> found.</summary>
    public ModelDescription? Model { get; init; }
}

public sealed record ErrorEvent : WorkerEvent
{
    public required string Code { get; init; }

    public required string Message { get; init; }

    public string? File { get; init; }

    public int? Line { get; init; }

    public int? Column { get; init; }
}
