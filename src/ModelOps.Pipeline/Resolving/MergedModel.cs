using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Resolving;

/// <summary>
/// Another project's model as a base model: its adapter merged into its base, once per content whichever project asks first. The key is over what the
/// files hold and not over the training key, so that what nobody has signed can take no other's place.
/// </summary>
internal sealed class MergedModel(ModelReference reference, string? workerIdentity, CancellationToken cancellation)
{
    private const string Stage = "merge";
    private static readonly string[] s_adapter = ["adapter_config.json", "adapter_model.safetensors"];
    private static readonly string[] s_needed = ["config.json", "tokenizer.json"];

    public FingerprintFile Action()
    {
        StatCache known = StatCache.Load(reference.Files.StatCache);
        string adapter = reference.Files.Adapter;
        KeyFields fields = new KeyFields()
            .Add("adapter", reference.IsWholeModel ? Content(adapter, Directory.GetFiles(adapter), known) : Content(adapter, s_adapter.Select(f => Path.Combine(adapter, f)), known))
            .Add("numerics", EngineIdentity.NumericsVersion)
            .Add("worker", workerIdentity);
        if (!reference.IsWholeModel)
        {
            string folder = reference.BaseModelDirectory;
            fields.Add("baseModel", BaseModelIdentity.Compute(folder, path => known.DigestOf(path, cancellation)).Digest)
                .Add("companions", Content(folder, Directory.GetFiles(folder).Where(f => !f.EndsWith(".safetensors", StringComparison.Ordinal)), known));
        }

        return FingerprintFile.Of(Stage, fields);
    }

    /// <summary>Makes <see cref="ModelReference.Output"/> the model; true when a model was at work.</summary>
    public bool Make(FingerprintFile action, ModelStore store, WorkerHost worker, IStageLog log)
    {
        if (reference.IsWholeModel)
        {
            CopyWhole(worker.WorkDirectory);
            return false;
        }

        if (store.TryRestore(action.Key, reference.Output))
        {
            return false;
        }

        using StoreLock held = store.LockAsync(
            action.Key, wait => log.Message($"  waits for {wait.Holder}, which merges the same model ({wait.Waited.TotalSeconds:0} s)", important: true), cancellation).GetAwaiter().GetResult();
        if (store.TryRestore(action.Key, reference.Output))
        {
            return false;
        }

        string output = Path.Combine(worker.WorkDirectory, $"merge-{Guid.NewGuid():N}");
        try
        {
            var request = new MergeRequest { Model = reference.BaseModelDirectory, Adapter = reference.Files.Adapter, Output = output };
            WorkerProcess.Run(worker, request, $"Resolve {reference.Name}", log, cancellation);
            if (s_needed.FirstOrDefault(f => !File.Exists(Path.Combine(output, f))) is { } missing)
            {
                throw WorkerErrors.OutputMissing(Stage, Path.Combine(output, missing));
            }

            store.Materialize(store.Put(action, output, PutMode.Adopt, cancellation), reference.Output);
            return true;
        }
        finally
        {
            FolderSwap.Delete(output);
        }
    }

    /// <summary>The result of a full fine-tune is a base model as it is.</summary>
    private void CopyWhole(string work)
    {
        string prepared = Path.Combine(work, $"base-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(prepared);
            foreach (string file in Directory.GetFiles(reference.Files.Adapter))
            {
                AtomicFile.Keep(file, Path.Combine(prepared, Path.GetFileName(file)));
            }

            FolderSwap.Replace(reference.Output, prepared);
        }
        finally
        {
            FolderSwap.Delete(prepared);
        }
    }

    private KeyFields Content(string folder, IEnumerable<string> files, StatCache known)
    {
        var fields = new KeyFields();
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            fields.Add(Path.GetRelativePath(folder, file), known.DigestOf(file, cancellation));
        }

        return fields;
    }
}
