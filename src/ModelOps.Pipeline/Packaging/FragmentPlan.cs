using ModelOps.Core.Artifacts;
using ModelOps.Core.Packaging;

namespace ModelOps.Pipeline.Packaging;

/// <summary>Which part of which weight file goes into which fragment package, when the model is too large for one package.</summary>
/// <remarks>Weight files are taken in the order of their names. One that fits into a package stays whole, and is a hard link after restore; a larger one is cut. Nothing but names, sizes
/// and the limit decides, so the same model is always cut in the same places.</remarks>
internal static class FragmentPlan
{
    /// <summary>More parts than anybody restores gladly; a limit that asks for more is a slip of the pen.</summary>
    public const int MostPackages = 999;

    /// <param name="root">The folder that holds the files.</param>
    /// <param name="files">Every file of the package.</param>
    /// <param name="limit">Bytes of payload that a package may hold.</param>
    /// <returns>Null when everything fits into one package.</returns>
    public static IReadOnlyList<PackageFragment>? Of(string id, string root, IReadOnlyList<PackagedFile> files, long limit)
    {
        PackagedFile[] weights = [.. files.Where(f => f.Path.StartsWith("model/", StringComparison.Ordinal) && f.Path.EndsWith(".safetensors", StringComparison.Ordinal)).OrderBy(f => f.Path, StringComparer.Ordinal)];
        if (files.Sum(f => f.Size) <= limit || weights.Length == 0)
        {
            return null;
        }

        var fragments = new List<PackageFragment>();
        int number = 1;
        long room = limit;
        foreach (PackagedFile file in weights)
        {
            if (file.Size > room && file.Size <= limit)
            {
                (number, room) = (number + 1, limit);
            }

            for (long at = 0; at < file.Size || at == 0;)
            {
                (number, room) = room == 0 ? (number + 1, limit) : (number, room);
                long size = Math.Min(room, file.Size - at);
                fragments.Add(Part(id, root, file, at, size, number));
                (at, room) = (at + Math.Max(size, 1), room - size);
            }
        }

        return fragments;
    }

    /// <summary>Names of the files that are in parts, below <c>model/</c>.</summary>
    public static string[] FilesOf(IReadOnlyList<PackageFragment>? fragments) => [.. (fragments ?? []).Select(f => f.File["model/".Length..]).Distinct()];

    /// <summary>Ids of the fragment packages, in order.</summary>
    public static string[] PackagesOf(IReadOnlyList<PackageFragment>? fragments) => [.. (fragments ?? []).Select(f => f.Package).Distinct()];

    private static PackageFragment Part(string id, string root, PackagedFile file, long at, long size, int number)
    {
        bool whole = size == file.Size;
        string digest = file.Digest;
        if (!whole)
        {
            using var slice = new FileSlice(Path.Combine(root, file.Path), at, size);
            digest = Digest.Of(slice).ToString();
        }

        string name = file.Path["model/".Length..];
        return new PackageFragment(file.Path, at, size, digest, $"{id}.Fragment{number}", $"{PackageFragment.Folder}/{name}{(whole ? "" : $".{at}")}");
    }
}
