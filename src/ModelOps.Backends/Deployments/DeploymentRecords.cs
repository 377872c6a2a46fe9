using System.Text.Json;
using ModelOps.Core.Artifacts;

namespace ModelOps.Backends.Deployments;

/// <summary>What this store knows of a deployment: written before it is asked for, deleted when it is gone.</summary>
/// <param name="Trainer">Who was asked.</param>
/// <param name="Url">Where: the address of the provider's API.</param>
public sealed record DeploymentRecord(string Trainer, string Url, string Name, string Model);

/// <summary>
/// <c>deployments/&lt;name&gt;.json</c> in the store, and beside it a lock that the build holds as long as it uses the deployment. The operating system releases it
/// when the build ends, however it ends: a record whose lock is free is a leftover.
/// </summary>
public sealed class DeploymentRecords(string storeRoot)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    };

    private readonly string _folder = Path.Combine(storeRoot, "deployments");

    /// <summary>Of builds that live and of builds that were killed.</summary>
    public IReadOnlyList<DeploymentRecord> All()
        => Directory.Exists(_folder) ? [.. Directory.GetFiles(_folder, "*.json").Order(StringComparer.Ordinal).Select(Read).OfType<DeploymentRecord>()] : [];

    /// <summary>Writes the record of a deployment that is about to be asked for; it is this build's until it is disposed.</summary>
    public HeldDeployment Begin(DeploymentRecord record)
    {
        Directory.CreateDirectory(_folder);
        FileStream held = FileLock.TryOpen(PathOf(record.Name, "lock")) ?? throw new IOException($"Another build has the lock of the new deployment {record.Name}.");
        try
        {
            AtomicFile.Write(PathOf(record.Name, "json"), JsonSerializer.SerializeToUtf8Bytes(record, s_json));
            return new HeldDeployment(record, held, PathOf(record.Name, "json"));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>A leftover, now this build's to remove; null while the build lives that uses it, and when it is gone.</summary>
    public HeldDeployment? TryTake(DeploymentRecord record)
    {
        string path = PathOf(record.Name, "json");
        if (!File.Exists(path) || FileLock.TryOpen(PathOf(record.Name, "lock")) is not { } held)
        {
            return null;
        }

        var taken = new HeldDeployment(record, held, path);
        if (File.Exists(path))
        {
            return taken;
        }

        taken.Forget();
        taken.Dispose();
        return null;
    }

    private string PathOf(string name, string extension) => Path.Combine(_folder, $"{name}.{extension}");

    private static DeploymentRecord? Read(string path)
    {
        try
        {
            // The name decides what is deleted there, so it must be one of ours.
            return JsonSerializer.Deserialize<DeploymentRecord>(File.ReadAllBytes(path), s_json) is { } record
                && record.Name == Path.GetFileNameWithoutExtension(path) && DeploymentName.MadeAt(record.Name) is not null ? record : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

/// <summary>A record and its lock. Disposed without <see cref="Forget"/> it is a leftover, which the next build removes.</summary>
public sealed class HeldDeployment : IDisposable
{
    private readonly FileStream _lock;
    private readonly string _path;

    internal HeldDeployment(DeploymentRecord record, FileStream held, string path) => (Record, _lock, _path) = (record, held, path);

    public DeploymentRecord Record { get; }

    /// <summary>The deployment is gone.</summary>
    public void Forget()
    {
        try
        {
            File.Delete(_path);
            File.Delete(_lock.Name);
        }
        catch (Exception e) when (e is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            // Somebody deleted the store; or Windows, where an open file stays: an empty lock harms nobody.
        }
    }

    public void Dispose() => _lock.Dispose();
}
