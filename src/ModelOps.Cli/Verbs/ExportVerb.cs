using System.CommandLine;
using ModelOps.Cli.Packages;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops export</c>: the model of a package as a folder that other tools read: PEFT's adapter layout, or Hugging Face's for a whole model.</summary>
internal static class ExportVerb
{
    public static Command Create(Terminal terminal)
    {
        var options = new PackageOptions(atMost: 1);
        var output = new Option<string>("--output", "-o") { Description = "The folder to write; it must not exist, or be empty.", HelpName = "folder", Required = true };
        var merged = new Option<bool>("--merged") { Description = "Merge an adapter into its base model, which must lie beside the package or in the package cache." };
        var worker = new Option<string?>("--worker") { Description = "Another worker for --merged: an assembly or executable that speaks the worker protocol.", HelpName = "file" };
        Command command = options.AddTo(new Command("export", "Write a package's model as a folder for other tools: an adapter as PEFT reads it, a whole model as Transformers does, with its card."));
        command.Add(output);
        command.Add(merged);
        command.Add(worker);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            using var package = ModelPackage.Open(options.Packages(result)[0]);
            string folder = Path.GetFullPath(result.GetRequiredValue(output));
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            {
                throw new DiagnosticException(CliErrors.FolderInUse(folder));
            }

            // What does not belong to the package must not get a new home under its name.
            if (PackageVerifier.Verify([package.Restored()], baseIdentity: null) is [var problem, ..])
            {
                throw new DiagnosticException(problem);
            }

            if (result.GetValue(merged) && package.Manifest.Base is not null)
            {
                new MergedExport(terminal, result.GetValue(worker)).Write(package, folder, cancellation);
            }
            else
            {
                Copy(package, folder);
            }

            string[] written = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal)];
            terminal.Out.WriteLine(options.Json(result)
                ? JsonOutput.Of(new { verb = "export", package = package.FullPath, folder, files = written, baseDigest = package.Manifest.BaseDigest })
                : $"{PackageText.Of(package.Identity)}: {written.Length} files in {folder}{(package.Manifest.Base is { } b && !result.GetValue(merged) ? $"; an adapter on {PackageText.Of(b)}" : "")}");
            return ExitCode.Ok;
        }, CancellationToken.None));
        return command;
    }

    /// <summary>The model's files but those that only this product reads, and the card.</summary>
    private static void Copy(ModelPackage package, string folder)
    {
        IEnumerable<string> files = package.Manifest.Files.Select(f => f.Path).Where(f => f.StartsWith("model/", StringComparison.Ordinal) && f != $"model/{ParityRow.FileName}");
        foreach ((string source, string target) in files.Select(f => (f, f["model/".Length..])).Append(("report/README.md", "README.md")).DistinctBy(f => f.Item2))
        {
            string from = Path.Combine(package.Folder, source);
            if (File.Exists(from))
            {
                string to = Path.Combine(folder, target);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(from, to);
            }
        }
    }
}
