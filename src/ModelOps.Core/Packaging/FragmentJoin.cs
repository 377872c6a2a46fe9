using System.Buffers;
using System.Security.Cryptography;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Packaging;

/// <summary>Makes the files of a fragmented package whole: a file that one fragment holds gets a second name, one in several parts is written in one pass. Nothing takes its place
/// before every byte of it was compared with the manifest.</summary>
public static class FragmentJoin
{
    /// <summary>Whether a file of a restored package is still in parts.</summary>
    public static bool IsWanted(string root)
    {
        string index = Path.Combine(root, PackageFragment.Index);
        return Directory.Exists(index) && Directory.EnumerateFiles(index).Any(file => !File.Exists(Path.Combine(root, "model", Path.GetFileName(file))));
    }

    /// <summary>Where NuGet restores a fragment's package: beside the package itself, in <c>&lt;cache&gt;/&lt;id&gt;/&lt;version&gt;</c>.</summary>
    public static Func<string, string?> Beside(string root, ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        string cache = Path.GetFullPath(Path.Combine(root, "..", ".."));
        return id => Path.Combine(cache, id.ToLowerInvariant(), Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)))) is var folder && Directory.Exists(folder) ? folder : null;
    }

    /// <summary>Folders of the packages that a restored package's parts lie in; none where it is whole.</summary>
    public static IEnumerable<string> FoldersOf(string root)
    {
        string index = Path.Combine(root, PackageFragment.Index);
        root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        return !Directory.Exists(index) ? [] : Directory.EnumerateFiles(index).SelectMany(File.ReadLines).Select(line => line.Split(' ')[0].ToLowerInvariant()).Distinct()
            .Select(id => Path.GetFullPath(Path.Combine(root, "..", "..", id, Path.GetFileName(root))));
    }

    /// <summary>Joins what is not joined yet.</summary>
    /// <param name="root">The package's folder.</param>
    /// <param name="folderOf">Folder of the fragment package of that id; null when it is not at hand.</param>
    /// <exception cref="DiagnosticException"><c>MOPS7133</c> to <c>MOPS7136</c></exception>
    public static void Run(string root, ModelManifest manifest, Func<string, string?> folderOf)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(folderOf);
        string[] missing = [.. (manifest.Fragments ?? []).Where(f => !File.Exists(Path.Combine(root, f.File))).Select(f => f.Package).Distinct().Where(id => folderOf(id) is null)];
        if (missing.Length > 0)
        {
            throw new DiagnosticException(FragmentErrors.Missing(manifest.Id, missing, manifest.Version));
        }

        foreach (IGrouping<string, PackageFragment> file in (manifest.Fragments ?? []).GroupBy(f => f.File, StringComparer.Ordinal))
        {
            string target = Path.Combine(root, file.Key);
            PackageFragment[] parts = [.. file];
            if (File.Exists(target))
            {
                continue; // Whether it is what it should be is asked of every file.
            }

            string[] paths = [.. parts.Select(part => PathOf(manifest, part, folderOf))];
            try
            {
                Join(manifest, parts, paths, target);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DiagnosticException(FragmentErrors.CannotJoin(manifest.Id, target, e.Message), e);
            }
        }
    }

    /// <summary>Compares every fragment with the manifest; the first problem of each.</summary>
    /// <param name="known">What need not be read once more; null: every part is read.</param>
    public static IEnumerable<Diagnostic> Check(ModelManifest manifest, Func<string, string?> folderOf, KnownDigests? known = null)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(folderOf);
        known ??= KnownDigests.None();
        foreach (PackageFragment part in manifest.Fragments ?? [])
        {
            Diagnostic? problem = null;
            try
            {
                string path = PathOf(manifest, part, folderOf);
                if (!known.Is(path, part.Digest))
                {
                    Require(manifest, part, path, known.Of(path));
                }
            }
            catch (DiagnosticException e)
            {
                problem = e.Diagnostic;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problem = FragmentErrors.Damaged(manifest.Id, part.Path, $"it cannot be read: {e.Message}");
            }

            if (problem is not null)
            {
                yield return problem;
            }
        }
    }

    private static void Join(ModelManifest manifest, PackageFragment[] parts, string[] paths, string target)
    {
        if (parts is [var only])
        {
            Require(manifest, only, paths[0], Digest.OfFile(paths[0]));
            AtomicFile.Keep(paths[0], target);
            return;
        }

        AtomicFile.Write(target, stream =>
        {
            for (int i = 0; i < parts.Length; i++)
            {
                Require(manifest, parts[i], paths[i], Append(paths[i], stream));
            }
        });
    }

    /// <summary>Copies a part and says what was copied.</summary>
    private static Digest Append(string path, Stream target)
    {
        using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            for (int read; (read = source.Read(buffer)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                target.Write(buffer, 0, read);
            }

            return Digest.FromBytes(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The part's file, of the size that it must have.</summary>
    private static string PathOf(ModelManifest manifest, PackageFragment part, Func<string, string?> folderOf)
    {
        string folder = folderOf(part.Package) ?? throw new DiagnosticException(FragmentErrors.Missing(manifest.Id, [part.Package], manifest.Version));
        string path = Path.Combine(folder, part.Path);
        if (!File.Exists(path))
        {
            // A package of this very set under the wrong id holds another part.
            bool other = Directory.Exists(Path.Combine(folder, PackageFragment.Folder)) && manifest.Fragments!.Any(f => f.Package != part.Package && File.Exists(Path.Combine(folder, f.Path)));
            throw new DiagnosticException(other ? FragmentErrors.Swapped(manifest.Id, path, part.Package) : FragmentErrors.Damaged(manifest.Id, path, "it is missing"));
        }

        long size = new FileInfo(path).Length;
        return size == part.Size || manifest.Fragments!.Any(f => f.Size == size && f != part && IsOf(f, path)) ? path
            : throw new DiagnosticException(FragmentErrors.Damaged(manifest.Id, path, $"it has {size} bytes, the manifest says {part.Size}"));
    }

    private static void Require(ModelManifest manifest, PackageFragment part, string path, Digest actual)
    {
        if (actual.ToString() != part.Digest)
        {
            throw new DiagnosticException(manifest.Fragments!.Any(f => f.Digest == actual.ToString())
                ? FragmentErrors.Swapped(manifest.Id, path, part.Package)
                : FragmentErrors.Damaged(manifest.Id, path, $"its digest is not {part.Digest}"));
        }
    }

    private static bool IsOf(PackageFragment other, string path) => Digest.OfFile(path).ToString() == other.Digest;
}
