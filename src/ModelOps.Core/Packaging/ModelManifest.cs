using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Packaging;

/// <summary><c>model/modelops.json</c> of a model package: what the package is, what it stands on, and the digest of every other file in it
/// (format: <c>docs/formats/manifest.md</c>).</summary>
public sealed record ModelManifest
{
    public const int CurrentFormat = 1;
    public const string FileName = "modelops.json";
    public const string AdapterKind = "adapter";
    public const string BaseKind = "base";

    /// <summary>A model that stays at a provider: the package says which (<see cref="ModelPointer"/>) and holds no weights.</summary>
    public const string PointerKind = "pointer";

    private static readonly JsonSerializerOptions s_json = CreateJson();

    public int Format { get; init; } = CurrentFormat;

    /// <summary>NuGet package id.</summary>
    public required string Id { get; init; }

    public required string Version { get; init; }

    /// <summary><c>adapter</c>, <c>base</c> or <c>pointer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>lora</c>, <c>qlora</c> or <c>full</c>; for a pointer <c>sft</c> or <c>dpo</c>; absent for a base model.</summary>
    public string? Method { get; init; }

    /// <summary>Identity of the base model the weights belong to: the model's own for <c>base</c>, that of the package in <see cref="Base"/> for <c>lora</c> and <c>qlora</c>,
    /// that of the model it was tuned from for <c>full</c>.</summary>
    public required string BaseDigest { get; init; }

    /// <summary>The package that carries the base model; absent where the package holds a whole model (<c>base</c>, <c>full</c>).</summary>
    public PackageIdentity? Base { get; init; }

    /// <summary>Where the model of a <c>pointer</c> answers; absent where the package holds weights.</summary>
    public ModelPointer? Pointer { get; init; }

    /// <summary>Of the base model's chat template, which an adapter was trained and evaluated with; absent where the package holds a whole model.</summary>
    public string? TemplateDigest { get; init; }

    /// <summary>Of the base model's tokenizer; absent where the package holds a whole model.</summary>
    public string? TokenizerDigest { get; init; }

    /// <summary>Training key of the adapter.</summary>
    public string? TrainingKey { get; init; }

    /// <summary><c>passed</c>, <c>inconclusive</c> where the project accepts that as a warning, or <c>off</c> where gates were turned off by name.</summary>
    public string? Verdict { get; init; }

    /// <summary>The system message of the rows, when they all share one: what a caller must send to get what was evaluated.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>Decoding used in the evaluation.</summary>
    public DecodingOptions? Decoding { get; init; }

    /// <summary>The labels that the training rows teach, by field of the JSON answers; the empty name stands for the whole answer. Absent where answers are free text.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Labels { get; init; }

    /// <summary>SPDX expression, or the name of the licence file.</summary>
    public string? License { get; init; }

    /// <summary>Every other file of the package's <c>model</c>, <c>lineage</c> and <c>report</c> folders, sorted by path.</summary>
    public required IReadOnlyList<PackagedFile> Files { get; init; }

    /// <summary>Parts of files that lie in packages of their own, in the order in which they are joined; absent where the package holds every file.</summary>
    public IReadOnlyList<PackageFragment>? Fragments { get; init; }

    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, s_json), (byte)'\n'];

    /// <exception cref="DiagnosticException"><c>MOPS7004</c>: the file is missing, no manifest, or of a newer format.</exception>
    public static ModelManifest Read(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ConsumeErrors.UnreadableManifest(path, ForeignText.Clean(e.Message, 200)), e);
        }
    }

    /// <param name="path">What messages call it.</param>
    /// <exception cref="DiagnosticException"><c>MOPS7004</c></exception>
    public static ModelManifest Parse(byte[] bytes, string path)
    {
        try
        {
            // A name that is no UTF-8 is no JsonException to the serializer.
            return Utf8.IsValid(bytes) ? Parse(bytes) : throw new JsonException("it is no UTF-8");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new DiagnosticException(ConsumeErrors.UnreadableManifest(path, ForeignText.Clean(e.Message, 200)), e);
        }
    }

    private static ModelManifest Parse(byte[] bytes)
    {
        // The format first: a newer one may have properties that this version does not know.
        int format = FormatOf(bytes);
        if (format != CurrentFormat)
        {
            throw new JsonException($"it has format {format}; this version reads {CurrentFormat}");
        }

        ModelManifest manifest = JsonSerializer.Deserialize<ModelManifest>(bytes, s_json) ?? throw new JsonException("it holds null");
        return manifest.Contradiction is { } problem ? throw new JsonException(problem) : manifest;
    }

    private static int FormatOf(byte[] bytes)
    {
        using JsonDocument document = JsonDocument.Parse(bytes);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("format", out JsonElement format)
            && format.ValueKind == JsonValueKind.Number && format.TryGetInt32(out int number)
                ? number : throw new JsonException("it is no object with a number 'format'");
    }

    /// <summary>What the parts say against each other; null when they agree.</summary>
    private string? Contradiction => (Kind, Method, Base) switch
    {
        (PointerKind, not null, null) when Pointer is { } pointer => pointer.Problem,
        (_, _, _) when Pointer is not null || Kind == PointerKind => $"kind '{Kind}', {(Pointer is null ? "no pointer" : "a pointer")}, {(Method is null ? "no method" : $"method '{Method}'")} and {(Base is null ? "no base package" : "a base package")} do not go together",
        (BaseKind, null, null) or (AdapterKind, "full" or "dpo-full", null) or (AdapterKind, "lora" or "qlora" or "dpo" or "dpo-qlora", not null) => null,
        (BaseKind or AdapterKind, _, _) => $"kind '{Kind}', method '{Method}' and {(Base is null ? "no base package" : $"the base package '{Base.Id}'")} do not go together",
        _ => $"kind is '{Kind}'; expected {AdapterKind}, {BaseKind} or {PointerKind}",
    } ?? PackageFragment.Contradiction(Id, Files, Fragments ?? []);

    private static JsonSerializerOptions CreateJson()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            WriteIndented = true,
            NewLine = "\n",
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>A NuGet package by id and exact version.</summary>
public sealed record PackageIdentity(string Id, string Version);

/// <summary>One file of a package.</summary>
/// <param name="Path">Relative to the package's root, with forward slashes.</param>
/// <param name="Digest"><c>sha256:…</c> of the bytes.</param>
/// <param name="Size">Length in bytes.</param>
public sealed record PackagedFile(string Path, string Digest, long Size)
{
    /// <summary>Describes every file below <paramref name="root"/> except the manifest itself, sorted by path.</summary>
    public static IReadOnlyList<PackagedFile> Describe(string root) =>
        [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(file => (File: file, Path: System.IO.Path.GetRelativePath(root, file).Replace('\\', '/')))
            .Where(entry => entry.Path != $"model/{ModelManifest.FileName}")
            .OrderBy(entry => entry.Path, StringComparer.Ordinal)
            .Select(entry => new PackagedFile(entry.Path, Artifacts.Digest.OfFile(entry.File).ToString(), new FileInfo(entry.File).Length))];
}
