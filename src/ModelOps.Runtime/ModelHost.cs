using System.Diagnostics.CodeAnalysis;
using ModelOps.Core.Diagnostics;
using ModelOps.Runtime.Pointers;

namespace ModelOps.Runtime;

/// <summary>Where a process opens its models. Packages that stand on one base model share it: its weights, its threads and its batch. Safe for several threads.</summary>
/// <remarks>Weights are mapped from their files, so every process that opens them shares one copy in memory.</remarks>
public sealed class ModelHost : IDisposable
{
    internal const string Trimming = "Manifests are read by reflection. Publish apps with model packages untrimmed, without native AOT; see docs/runtime.md.";
    private readonly ModelRuntimeOptions _options;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Shared> _open = new(StringComparer.Ordinal);
    private readonly HashSet<PackagedModel> _models = [];
    private bool _disposed;

    public ModelHost(ModelRuntimeOptions? options = null)
    {
        _options = (options ?? new ModelRuntimeOptions()).Copy();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxConcurrency, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.CacheBytes, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.Threads, nameof(options));
    }

    internal ModelRuntimeOptions Options => _options;

    /// <summary>Opens a package's model and proves that its adapter applies to its base.</summary>
    /// <param name="folder">The model's folder beside the app, as the generated entry point gives it: <c>TicketTriage.Path</c>.</param>
    /// <exception cref="DiagnosticException"><c>MOPS7001</c> to <c>MOPS7007</c>, <c>MOPS7100</c> to <c>MOPS7107</c>: manifest, base model or adapter cannot be used.</exception>
    [RequiresUnreferencedCode(Trimming), RequiresDynamicCode(Trimming)]
    public PackagedModel Open(string folder) => Track(PackagedModel.Open(this, folder));

    /// <summary>The same as a chat client, which owns the model.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    [RequiresUnreferencedCode(Trimming), RequiresDynamicCode(Trimming)]
    public ModelChatClient OpenChatClient(string folder) => new(OpenAnswers(folder));

    /// <summary>A model in this process, or a provider where the package points at one.</summary>
    [RequiresUnreferencedCode(Trimming), RequiresDynamicCode(Trimming)]
    internal IAnswers OpenAnswers(string folder)
        => PackageFolder.ReadPointer(folder) is { } pointer ? new PointerModel(pointer, _options) : new LocalAnswers(Open(folder));

    /// <summary>Ends every request and lets go of all models.</summary>
    public void Dispose()
    {
        PackagedModel[] models;
        lock (_gate)
        {
            _disposed = true;
            models = [.. _models];
        }

        Array.ForEach(models, model => model.Dispose());
    }

    /// <summary>The base model, verified and opened by the first who asks; others wait for it.</summary>
    internal OpenModel Rent(PackageFolder package, PackageFiles files)
    {
        Shared shared;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_open.TryGetValue(package.BaseFolder, out shared!))
            {
                _open.Add(package.BaseFolder, shared = new Shared(package.BaseFolder, new Lazy<OpenModel>(() => OpenBase(package, files))));
            }

            shared.Users++;
        }

        try
        {
            return package.Guard(() => shared.Model.Value);
        }
        catch
        {
            Release(shared);
            throw;
        }
    }

    internal void Return(OpenModel model)
    {
        Shared? shared;
        lock (_gate)
        {
            shared = _open.Values.FirstOrDefault(s => s.Model.IsValueCreated && s.Model.Value == model);
        }

        Release(shared!);
    }

    internal void Forget(PackagedModel model)
    {
        lock (_gate)
        {
            _models.Remove(model);
        }
    }

    private OpenModel OpenBase(PackageFolder package, PackageFiles files)
    {
        files.VerifyBase();
        return OpenModel.Open(package.BaseFolder, _options);
    }

    private PackagedModel Track(PackagedModel model)
    {
        bool late;
        lock (_gate)
        {
            late = _disposed;
            _models.Add(model);
        }

        if (late)
        {
            model.Dispose();
            throw new ObjectDisposedException(nameof(ModelHost));
        }

        return model;
    }

    private void Release(Shared shared)
    {
        lock (_gate)
        {
            if (--shared.Users > 0)
            {
                return;
            }

            _open.Remove(shared.Folder);
        }

        if (shared.Model.IsValueCreated)
        {
            shared.Model.Value.Dispose();
        }
    }

    private sealed class Shared(string folder, Lazy<OpenModel> model)
    {
        public string Folder => folder;

        public Lazy<OpenModel> Model => model;

        public int Users { get; set; }
    }
}
