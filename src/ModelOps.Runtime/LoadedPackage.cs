using ModelOps.Core.Packaging;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;

namespace ModelOps.Runtime;

/// <summary>One version of a package's model, for as long as somebody asks it: its adapter in the loop of its base.</summary>
internal sealed class LoadedPackage
{
    private readonly ModelHost _host;
    private readonly LoraAdapter? _adapter;
    private readonly object _gate = new();
    private int _users = 1; // the model itself
    private bool _released;

    private LoadedPackage(ModelHost host, PackageFolder package, OpenModel model, LoraAdapter? adapter)
    {
        _host = host;
        _adapter = adapter;
        Package = package;
        Model = model;
        Number = adapter is null ? GenerationPrompt.NoAdapter : model.Answers.Add(adapter);
    }

    public PackageFolder Package { get; }

    public ModelManifest Manifest => Package.Manifest;

    public OpenModel Model { get; }

    /// <summary>What the loop calls the adapter by.</summary>
    public int Number { get; }

    public ModelProof Proof => new(
        _adapter?.TensorCount ?? 0, _adapter?.ParameterCount ?? 0, Manifest.BaseDigest, Manifest.TemplateDigest, Manifest.TokenizerDigest,
        Package.AdapterDigest, _host.Options.VerifyFiles != FileVerification.Never);

    public static LoadedPackage Load(ModelHost host, PackageFolder package)
    {
        var files = new PackageFiles(package, host.Options.VerifyFiles);
        OpenModel model = host.Rent(package, files);
        try
        {
            var loaded = new LoadedPackage(host, package, model, package.IsAdapter ? package.Guard(() => Adapter(package, files, model)) : null);
            model.Tidy();
            return loaded;
        }
        catch
        {
            host.Return(model);
            throw;
        }
    }

    private static LoraAdapter Adapter(PackageFolder package, PackageFiles files, OpenModel model)
    {
        files.VerifyAdapter();
        return model.Adapter(package.Folder);
    }

    /// <summary>One more who needs it; false once it is being let go.</summary>
    public bool TryUse()
    {
        lock (_gate)
        {
            if (_users == 0)
            {
                return false;
            }

            _users++;
            return true;
        }
    }

    /// <summary>The last one lets go of adapter and base.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_users > 0)
            {
                return;
            }
        }

        if (_adapter is not null)
        {
            Model.Answers.Remove(Number);
            _adapter.Dispose();
        }

        _host.Return(Model);
        lock (_gate)
        {
            _released = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void WaitForRelease()
    {
        lock (_gate)
        {
            while (!_released)
            {
                Monitor.Wait(_gate);
            }
        }
    }
}
