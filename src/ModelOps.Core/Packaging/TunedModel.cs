using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Packaging;

/// <summary><c>model/tuned.json</c>: a tuned model that stays at a provider (format: <c>docs/formats/tuned.md</c>). It holds no key and no name of an account, but for addresses that are an account's own.</summary>
/// <param name="Trainer">Who has it, for example <c>openai</c>.</param>
/// <param name="Url">Address of its API, up to and with the version.</param>
/// <param name="Model">What it is called there.</param>
/// <param name="BaseModel">What it was tuned from, as it is called there.</param>
/// <param name="KeyVariable">The environment variable that usually has the key.</param>
/// <param name="MaxTokensMember">The request's member for the longest answer.</param>
public sealed record TunedModel(string Trainer, string Url, string Model, string BaseModel, string KeyVariable, string MaxTokensMember)
{
    public const int CurrentFormat = 1;
    public const string FileName = "tuned.json";

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true, NewLine = "\n",
    };

    public int Format { get; init; } = CurrentFormat;

    /// <summary>The provider's job that made it.</summary>
    public string? Job { get; init; }

    /// <summary>Tokens that the provider charged for; null where it does not say.</summary>
    public long? TrainedTokens { get; init; }

    /// <summary>The day on which the provider stops serving it, as far as it was known when it was trained.</summary>
    public DateOnly? Retires { get; init; }

    /// <summary>What a package says of it.</summary>
    public ModelPointer ToPointer() => new(Trainer, Model, Url) { BaseModel = BaseModel, MaxTokensMember = MaxTokensMember, ShutdownDate = Retires };

    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, s_json), (byte)'\n'];

    /// <param name="folder">With the file in it.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="DiagnosticException"><c>MOPS7004</c>: it is no such file, or of a newer format.</exception>
    public static TunedModel? TryRead(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            TunedModel? tuned = JsonSerializer.Deserialize<TunedModel>(File.ReadAllBytes(path), s_json);
            return tuned is { Format: CurrentFormat } && Uri.TryCreate(tuned.Url, UriKind.Absolute, out _) ? tuned
                : throw new JsonException($"it has format {tuned?.Format} and the address '{tuned?.Url}'; this version reads {CurrentFormat} and absolute addresses");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ConsumeErrors.UnreadableManifest(path, ForeignText.Clean(e.Message, 200)), e);
        }
    }
}
