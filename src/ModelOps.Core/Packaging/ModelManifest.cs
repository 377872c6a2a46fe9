using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
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

    private static readonly JsonSerializerOptions s_json = CreateJson();

    public int Format { get; init; } = CurrentFormat;

    /// <summary>NuGet package id.</summary>
    public required string Id { get; init; }

    public required string Version { get; init; }

    /// <summary><c>adapter</c> or <c>base</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>lora</c> or <c>full</c>; absent for a base model.</summary>
    public string? Method { get; init; }

    /// <summary>Identity of the base model the weights belong to: the model's own for <c>base</c>, that of the package in <see cref="Base"/> for <c>adapter</c>.</summary>
    public required string BaseDigest { get; init; }

    /// <summary>The package that carries the base model; absent for a base model.</summary>
    public PackageIdentity? Base { get; init; }

    /// <summary>Training key of the adapter.</summary>
    public string? TrainingKey { get; init; }

    /// <summary><c>passed</c>, or <c>off</c> where gates were turned off by name.</summary>
    public string? Verdict { get; init; }

    /// <summary>The system message of the rows, when they all share one: what a caller must send to get what was evaluated.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>Decoding used in the evaluation.</summary>
    public DecodingOptions? Decoding { get; init; }

    public string? License { get; init; }

    /// <summary>Every other file of the package's <c>model</c>, <c>lineage</c> and <c>report</c> folders, sorted by path.</summary>
    public required IReadOnlyList<PackagedFile> Files { get; init; }

    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, s_json), (byte)'\n'];

    /// <exception cref="DiagnosticException"><c>MOPS7004</c>: the file is missing, no manifest, or of a newer format.</exception>
    public static ModelManifest Read(string path)
    {
        try
        {
            ModelManifest manifest = JsonSerializer.Deserialize<ModelManifest>(File.ReadAllBytes(path), s_json)
                ?? throw new JsonException("The file holds null.");
            return manifest.Format == CurrentFormat
                ? manifest
                : throw new DiagnosticException(ConsumeErrors.UnreadableManifest(path, $"it has format {manifest.Format}; this version reads {CurrentFormat}"));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new DiagnosticException(ConsumeErrors.UnreadableManifest(path, ForeignText.Clean(e.Message, 200)), e);
        }
    }

    private static JsonSerializerOptions CreateJson()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
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
