namespace ModelOps.Core.Packaging;

/// <summary>A part of a package's file that lies in a package of its own, because a feed takes no package as large as the whole.</summary>
/// <param name="File">The file as the manifest lists it, below <c>model/</c>.</param>
/// <param name="Offset">Where the part begins in the file, in bytes.</param>
/// <param name="Size">Bytes of the part.</param>
/// <param name="Digest"><c>sha256:…</c> of the part.</param>
/// <param name="Package">Id of the package that holds it; its version is that of the package whose manifest this is.</param>
/// <param name="Path">Its name in that package.</param>
public sealed record PackageFragment(string File, long Offset, long Size, string Digest, string Package, string Path)
{
    /// <summary>Folder of a fragment package that holds the parts.</summary>
    public const string Folder = "fragment";

    /// <summary>Folder of a fragmented package that names, one file each, what is to be joined.</summary>
    public const string Index = "fragments";

    /// <summary>What is wrong with a manifest's fragments: every file in parts must be listed, and its parts must follow each other from first to last byte.</summary>
    internal static string? Contradiction(string id, IReadOnlyList<PackagedFile> files, IReadOnlyList<PackageFragment> fragments)
    {
        foreach (IGrouping<string, PackageFragment> file in fragments.GroupBy(f => f.File, StringComparer.Ordinal))
        {
            PackagedFile? whole = files.FirstOrDefault(f => f.Path == file.Key);
            if (whole is null || !IsPlain(file.Key, "model"))
            {
                return $"it has fragments of '{file.Key}', which is no file of the model";
            }

            long at = 0;
            foreach (PackageFragment part in file)
            {
                if (part.Offset != at || part.Size < 0 || !part.Package.StartsWith(id + ".", StringComparison.OrdinalIgnoreCase) || !IsPlain(part.Package, null) || !IsPlain(part.Path, Folder))
                {
                    return $"a fragment of '{file.Key}' has no place in it";
                }

                at = checked(at + part.Size);
            }

            if (at != whole.Size)
            {
                return $"the fragments of '{file.Key}' have {at} bytes together, the file {whole.Size}";
            }
        }

        return null;
    }

    /// <summary>One name, in one folder: nothing that leads elsewhere.</summary>
    private static bool IsPlain(string path, string? folder)
    {
        string name = folder is not null && path.StartsWith(folder + "/", StringComparison.Ordinal) ? path[(folder.Length + 1)..] : folder is null ? path : "";
        return name is not ("" or "." or "..") && name.All(c => c is not ('/' or '\\' or ':') && !char.IsControl(c));
    }
}
