using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Runtime;

namespace ModelOps.Serve;

/// <summary>A model and the names it answers to.</summary>
/// <param name="Name"><c>Contoso.TicketTriage@1.2.0</c></param>
/// <param name="Fingerprint">Of what decides its answers: base and adapter.</param>
internal sealed record ServedModel(string Name, PackagedModel Model, string Fingerprint);

/// <summary>The open packages, by the names that requests choose them with: <c>id@version</c>, and the id alone for the first package of that id.</summary>
internal sealed class ServedModels : IDisposable
{
    private readonly ArchiveFolder _archives = new();
    private readonly Dictionary<string, ServedModel> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ServedModel> _all = [];
    private ModelHost? _host;

    /// <summary>In the order in which they were named.</summary>
    public IReadOnlyList<ServedModel> All => _all;

    public static ServedModels Open(ServeRequest request)
    {
        var models = new ServedModels();
        try
        {
            models.OpenAll(request);
            return models;
        }
        catch
        {
            models.Dispose();
            throw;
        }
    }

    public ServedModel? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Short names first: what <c>GET /v1/models</c> lists.</summary>
    public IEnumerable<(string Name, ServedModel Model)> Names => _byName.OrderBy(entry => _all.IndexOf(entry.Value)).ThenBy(entry => entry.Key.Length).Select(entry => (entry.Key, entry.Value));

    private void OpenAll(ServeRequest request)
    {
        var locator = new PackageLocator(request.PackagesFolder, _archives);
        _host = new ModelHost(new ModelRuntimeOptions
        {
            Threads = request.Threads,
            MaxConcurrency = request.MaxConcurrency,
            CacheBytes = request.CacheBytes,
            ProbeParity = request.ProbeParity,
            VerifyFiles = FileVerification.Always,
            FindBase = locator.FindBase,
        });
        // All are found before the first is opened: a base that was named comes before one that is looked for.
        foreach (string folder in request.Packages.Select(locator.Find).ToList())
        {
            PackagedModel model = _host.Open(folder);
            ModelManifest manifest = model.Manifest;
            var served = new ServedModel($"{manifest.Id}@{manifest.Version}", model, Fingerprint(model.Proof));
            if (!_byName.TryAdd(served.Name, served))
            {
                throw ServeErrors.SameName(served.Name);
            }

            _byName.TryAdd(manifest.Id, served);
            _all.Add(served);
        }
    }

    private static string Fingerprint(ModelProof proof)
        => "mops_" + Core.Artifacts.Digest.Of(System.Text.Encoding.UTF8.GetBytes($"{proof.BaseDigest}\n{proof.AdapterDigest}")).Hex[..12];

    public void Dispose()
    {
        _host?.Dispose();
        _archives.Dispose();
    }
}
