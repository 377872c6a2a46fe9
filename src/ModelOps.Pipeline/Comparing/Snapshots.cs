using System.IO.Compression;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Git;

namespace ModelOps.Pipeline.Comparing;

/// <summary>Finds what a person names: <c>now</c>, <c>trained</c>, a project, a package, a key of the store, a commit.</summary>
/// <param name="project">The project's folder.</param>
public sealed class Snapshots(string project, StageFiles files, string storeRoot, RowHistory? history)
{
    public const string Now = "now";
    public const string Trained = "trained";

    private readonly ManifestArchive _manifests = new(storeRoot);

    /// <exception cref="DiagnosticException">Nothing is called so.</exception>
    public Snapshot Find(string name)
    {
        if (name is Now or Trained)
        {
            return OfBuild(name, files, current: name == Now);
        }

        if (File.Exists(name) && name.EndsWith(".nupkg", StringComparison.OrdinalIgnoreCase))
        {
            return OfPackage(name);
        }

        if (File.Exists(name) || Directory.Exists(name))
        {
            string folder = Directory.Exists(name) ? Path.GetFullPath(name) : Path.GetDirectoryName(Path.GetFullPath(name))!;
            return OfBuild(name, new StageFiles(File.Exists(Path.Combine(folder, "fingerprint.json")) ? folder : Path.Combine(folder, "obj", "modelops")), current: true);
        }

        return OfKey(name) ?? OfCommit(name);
    }

    private static Snapshot OfBuild(string name, StageFiles files, bool current)
    {
        FingerprintFile training = FingerprintFile.TryRead(current ? files.Fingerprint : files.Trained.Fingerprint, out Diagnostic? problem)
            ?? throw new DiagnosticException(problem ?? CompareErrors.NoBuild(files.Directory));
        FingerprintFile?[] keys = [training, files.Evaluated.Read(), files.Judged.Read(), files.Packed.Read()];
        DatasetManifest? rows = current ? StageRecord.ManifestOf(files.Dataset) : files.Trained.Manifest();
        return new Snapshot(name, [.. keys.OfType<FingerprintFile>()], rows) { Texts = RowTexts.AtHand(files) };
    }

    private Snapshot OfPackage(string path)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            FingerprintFile training = FingerprintFile.Parse(Entry(archive, "lineage/fingerprint.json"));
            JsonItem evaluation = JsonTree.Parse(Entry(archive, "lineage/eval.json")).Root;
            FingerprintFile evaluated = FingerprintFile.Of(Names.Evaluate, FieldsOf(evaluation));
            return new Snapshot(Path.GetFileName(path), [training, evaluated], _manifests.Find(training.Key));
        }
        catch (Exception failure) when (failure is InvalidDataException or FormatException or JsonProblemException)
        {
            throw new DiagnosticException(CompareErrors.NotAModelPackage(path, failure.Message), failure);
        }
    }

    private static byte[] Entry(ZipArchive archive, string name)
    {
        using Stream stream = archive.GetEntry(name)?.Open() ?? throw new FormatException($"it has no {name}");
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static KeyFields FieldsOf(JsonItem report) => KeyFields.Parse(report.Member("fields", JsonKind.Object));

    private Snapshot? OfKey(string name)
    {
        string digits = name.StartsWith("sha256:", StringComparison.Ordinal) ? name[7..] : name;
        bool isKey = digits.Length is >= 6 and <= 64 && digits.All(char.IsAsciiHexDigitLower);
        return isKey && new StoreGlance(storeRoot).Find(digits, Names.Train) is [var only] ? new Snapshot(name, [only], _manifests.Find(only.Key)) : null;
    }

    /// <summary>The dataset files of a commit: those in the conventional folders, and those that the project lists now.</summary>
    private Snapshot OfCommit(string revision)
    {
        if (history is null)
        {
            throw GitErrors.NotARepository(project);
        }

        string commit = history.Resolve(revision);
        DatasetManifest? listed = StageRecord.ManifestOf(files.Dataset);
        var sets = history.FilesAt(revision, path => KindOf(path, listed) is not null).ToLookup(f => KindOf(f.Path, listed)!.Value);
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("modelops-");
        try
        {
            var datasets = new List<Dataset>();
            foreach (var set in sets)
            {
                string[] paths = [.. set.Select(f => Write(scratch.FullName, f.Path, f.Content))];
                datasets.AddRange(DatasetReader.Read(paths, set.Key, Silence.Log, CancellationToken.None) is { } rows ? [rows]
                    : throw new DiagnosticException(CompareErrors.UnreadableCommit(commit, project)));
            }

            DatasetManifest manifest = DatasetManifest.Of(scratch.FullName, datasets);
            var fields = new KeyFields();
            manifest.Sets.ToList().ForEach(s => fields.Add(s.Kind.Field(), s.Digest));
            return new Snapshot($"{revision} ({commit})", [FingerprintFile.Of("commit", fields)], manifest)
            {
                Texts = datasets.SelectMany(d => d.Rows).DistinctBy(r => r.Id).ToDictionary(r => r.Id, r => RowTexts.Of(r.Messages)),
            };
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static string Write(string folder, string path, byte[] content)
    {
        string target = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllBytes(target, content);
        return target;
    }

    private static DatasetKind? KindOf(string path, DatasetManifest? listed)
    {
        foreach (DatasetKind kind in Enum.GetValues<DatasetKind>())
        {
            if ((path.StartsWith($"data/{kind.Folder()}/", StringComparison.Ordinal) && path.EndsWith(".jsonl", StringComparison.Ordinal)) || listed?.Set(kind)?.Files.Any(f => f.Path == path) == true)
            {
                return kind;
            }
        }

        return null;
    }
}

/// <summary>Comparisons: MOPS2117 to MOPS2119.</summary>
public static class CompareErrors
{
    public static Diagnostic NoBuild(string folder)
        => Diagnostic.Error("MOPS2117", "There is no build to compare: the folder has no fingerprint of a model project. Build the project first.", new SourceLocation(folder));

    public static Diagnostic NotAModelPackage(string path, string detail)
        => Diagnostic.Error("MOPS2118", $"The package is no model package of ModelOps: {ForeignText.Clean(detail)}.", new SourceLocation(path));

    public static Diagnostic UnreadableCommit(string commit, string project)
        => Diagnostic.Error("MOPS2119", $"The datasets of commit {commit} cannot be read: rows of that time are none that this version takes.", new SourceLocation(project));
}
