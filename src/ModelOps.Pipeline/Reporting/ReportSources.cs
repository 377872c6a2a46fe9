using System.IO.Compression;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Reporting;

/// <summary>Finds the evaluation that a person names: a build's folder or a package.</summary>
public static class ReportSources
{
    /// <param name="place">A project's folder, its <c>obj/modelops</c>, or a <c>.nupkg</c>.</param>
    /// <exception cref="Core.Diagnostics.DiagnosticException">There is no evaluation (MOPS5301), or it cannot be read (MOPS4009, MOPS5010).</exception>
    public static ReportInput Find(string place)
    {
        if (File.Exists(place) && place.EndsWith(".nupkg", StringComparison.OrdinalIgnoreCase))
        {
            return OfPackage(place);
        }

        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(File.Exists(place) ? Path.GetDirectoryName(Path.GetFullPath(place))! : place));
        bool isBuild = File.Exists(Path.Combine(folder, "eval.json"));
        return Of(new StageFiles(isBuild ? folder : Path.Combine(folder, "obj", "modelops")), isBuild && folder.EndsWith("modelops", StringComparison.Ordinal)
            ? Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(folder))) ?? folder : Path.GetFileName(folder));
    }

    public static ReportInput Of(StageFiles files, string title)
        => File.Exists(files.Evaluation) ? ReportFiles.Read(files, title) : throw ReportingErrors.NotEvaluated(files.Directory);

    private static ReportInput OfPackage(string path)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("modelops-report-");
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            Extract(archive, "lineage/eval.json", scratch.FullName);
            Extract(archive, "lineage/verdict.json", scratch.FullName);
            Extract(archive, "lineage/training.json", Path.Combine(scratch.FullName, "adapter"));
            return Of(new StageFiles(scratch.FullName), Path.GetFileNameWithoutExtension(path));
        }
        catch (InvalidDataException)
        {
            throw ReportingErrors.NotEvaluated(path);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static void Extract(ZipArchive archive, string name, string folder)
    {
        if (archive.GetEntry(name) is { } entry)
        {
            Directory.CreateDirectory(folder);
            entry.ExtractToFile(Path.Combine(folder, Path.GetFileName(name)));
        }
    }
}
