using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelOps.Core.Protocol;

/// <summary>One request to a worker process; <c>docs/worker-protocol.md</c> is the specification.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "verb")]
[JsonDerivedType(typeof(TrainRequest), "train")]
[JsonDerivedType(typeof(GenerateRequest), "generate")]
[JsonDerivedType(typeof(ScoreRequest), "score")]
[JsonDerivedType(typeof(InspectRequest), "inspect")]
[JsonDerivedType(typeof(MergeRequest), "merge")]
[JsonDerivedType(typeof(TokenizeRequest), "tokenize")]
[JsonDerivedType(typeof(RenderRequest), "render")]
[JsonDerivedType(typeof(MaskRequest), "mask")]
[JsonDerivedType(typeof(MeasureRequest), "measure")]
public abstract record WorkerRequest
{
    public const int CurrentProtocol = 1;

    public int Protocol { get; init; } = CurrentProtocol;

    /// <summary>A Hugging Face model folder, absolute.</summary>
    public required string Model { get; init; }

    /// <summary>Threads to use; 0 means all cores. Never changes a result.</summary>
    public int Threads { get; init; }

    public static WorkerRequest Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return JsonSerializer.Deserialize<WorkerRequest>(stream, WorkerJson.Options)
            ?? throw new JsonException("The request is null; expected an object with 'protocol' and 'verb'.");
    }

    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, WorkerJson.Options));
}

/// <summary>Trains an adapter or a full model into <see cref="Output"/>.</summary>
public sealed record TrainRequest : WorkerRequest
{
    public required string Train { get; init; }

    public string? Validation { get; init; }

    public required string Output { get; init; }

    public string? Checkpoints { get; init; }

    public required TrainOptions Options { get; init; }
}

/// <summary>Answers every prompt of <see cref="Input"/>.</summary>
public sealed record GenerateRequest : WorkerRequest
{
    /// <summary>Folder of the adapter that answers prompts which name none; null: the model as it is.</summary>
    public string? Adapter { get; init; }

    /// <summary>Folders of further adapters by name; all are loaded over one model, and prompts choose among them.</summary>
    public IReadOnlyDictionary<string, string>? Adapters { get; init; }

    /// <summary><c>nf4</c> or <c>int8</c> to hold the model's linear weights quantised; null: as they are stored.</summary>
    public string? Quantization { get; init; }

    public required string Input { get; init; }

    public required string Output { get; init; }

    public required DecodingOptions Decoding { get; init; }
}

/// <summary>Scores the assistant tokens of every row of <see cref="Input"/>.</summary>
public sealed record ScoreRequest : WorkerRequest
{
    public string? Adapter { get; init; }

    /// <inheritdoc cref="GenerateRequest.Quantization"/>
    public string? Quantization { get; init; }

    public required string Input { get; init; }

    public required string Output { get; init; }

    /// <summary>Each scored token and its log-probability as well.</summary>
    public bool PerToken { get; init; }
}

/// <summary>Scores every answer of <see cref="Input"/> by a metric of an assembly; <see cref="WorkerRequest.Model"/> is not opened.</summary>
public sealed record MeasureRequest : WorkerRequest
{
    /// <summary>Absolute path of a .NET assembly with an <c>IAnswerEvaluator</c>.</summary>
    public required string Assembly { get; init; }

    /// <summary>Full name of the type; null: the only one that the assembly has.</summary>
    public string? Type { get; init; }

    /// <summary>One of the type's metrics.</summary>
    public required string Metric { get; init; }

    /// <summary>JSON Lines: <c>id</c>, <c>messages</c>, <c>reference</c>, <c>answer</c>, <c>slice</c>.</summary>
    public required string Input { get; init; }

    /// <summary>JSON Lines: <c>id</c>, <c>score</c>.</summary>
    public required string Output { get; init; }
}

/// <summary>Opens the model, checks it, and counts the tokens of <see cref="Rows"/> when given.</summary>
public sealed record InspectRequest : WorkerRequest
{
    public string? Adapter { get; init; }

    public IReadOnlyList<string>? TargetModules { get; init; }

    public string? Rows { get; init; }

    public int MaxSequenceLength { get; init; }

    /// <summary>What the rows are: <c>sft</c> (conversations) or <c>dpo</c> (pairs).</summary>
    public string Objective { get; init; } = "sft";

    /// <summary>A <see cref="LengthLine"/> for each of <see cref="Rows"/>; null: only their sums are reported.</summary>
    public string? Output { get; init; }
}

/// <summary>Writes the model with an adapter's update in its weights into <see cref="Output"/>: a folder like <see cref="WorkerRequest.Model"/>, in the same element type.</summary>
public sealed record MergeRequest : WorkerRequest
{
    public required string Adapter { get; init; }

    public required string Output { get; init; }
}

/// <summary>For people: token ids of each line's <c>text</c>.</summary>
public sealed record TokenizeRequest : WorkerRequest
{
    public required string Input { get; init; }

    public required string Output { get; init; }
}

/// <summary>For people: each conversation as the chat template renders it.</summary>
public sealed record RenderRequest : WorkerRequest
{
    public required string Input { get; init; }

    public required string Output { get; init; }
}

/// <summary>For people: token ids of each conversation and which of them training scores.</summary>
public sealed record MaskRequest : WorkerRequest
{
    public required string Input { get; init; }

    public required string Output { get; init; }
}
