using System.Text.Json;
using System.Text.Json.Serialization;
using ModelOps.Core.Artifacts;

namespace ModelOps.Backends.Trainers;

/// <summary>What this store knows of a job elsewhere: written before the job is asked for, so that a build that was killed leaves no job that nobody looks for.</summary>
/// <param name="Trainer">Who was asked.</param>
/// <param name="Attempt">As in <see cref="TrainingOrder"/>.</param>
/// <param name="Job">Null between the intent and the answer.</param>
public sealed record JobRecord(string Trainer, string Attempt, string? Job);

/// <summary><c>remote/&lt;key&gt;.json</c> in the store; used under the key's lock.</summary>
public sealed class JobRecords(string storeRoot)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    };

    /// <summary>Null when there is none, or none that can be read: then the provider's own list says what there is.</summary>
    public JobRecord? Read(string key)
    {
        try
        {
            return JsonSerializer.Deserialize<JobRecord>(File.ReadAllBytes(PathOf(key)), s_json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Write(string key, JobRecord record)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(key))!);
        AtomicFile.Write(PathOf(key), JsonSerializer.SerializeToUtf8Bytes(record, s_json));
    }

    public void Delete(string key)
    {
        try
        {
            File.Delete(PathOf(key));
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody deleted the store: there is nothing to forget.
        }
    }

    private string PathOf(string key) => Path.Combine(storeRoot, "remote", $"{key}.json");
}
