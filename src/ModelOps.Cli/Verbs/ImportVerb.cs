using System.CommandLine;
using System.Runtime.CompilerServices;
using ModelOps.Cli.Projects;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Importing;
using ModelOps.Pipeline.Packaging;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops import</c>: what comes from elsewhere: models as packages, rows from logs, drafts, reviews and documents.</summary>
internal static class ImportVerb
{
    public static Command Create(Terminal terminal)
    {
        var import = new Command("import", "Make packages of models, and rows of logs, drafts, reviews and documents, that come from elsewhere.")
        {
            HuggingFace(terminal), ImportRowsVerb.Logs(terminal), ImportRowsVerb.Pairs(terminal), ImportRowsVerb.Drafts(terminal), ImportRowsVerb.Raft(terminal),
        };
        import.SetAction(result => new System.CommandLine.Help.HelpAction().Invoke(result));
        return import;
    }

    private static Command HuggingFace(Terminal terminal)
    {
        var folder = new Argument<string>("folder") { Description = "The model as it was downloaded: config.json, tokenizer.json, *.safetensors, README.md." };
        var id = new Option<string>("--id") { Description = "Id of the package, for example BaseModel.SmolLM2-135M.", Required = true };
        var version = new Option<string>("--version") { Description = "Version of the package; another model is another version.", Required = true };
        var license = new Option<string>("--license") { Description = "Licence as SPDX expression; default: what README.md says, else the LICENSE file.", HelpName = "expression", DefaultValueFactory = _ => "" };
        var output = new Option<string>("--output", "-o") { Description = "Folder for the package; default: this one.", HelpName = "folder", DefaultValueFactory = _ => "." };
        var limit = new Option<string>("--size-limit") { Description = "Weights beyond this size go into fragment packages; default: 240MB.", HelpName = "size", DefaultValueFactory = _ => "" };
        limit.Validators.Add(result =>
        {
            if (PackageSizeLimit.Parse(result.GetValueOrDefault<string>() ?? "") is null)
            {
                result.AddError("--size-limit expects a size above 0, such as 240MB, or unlimited.");
            }
        });
        var asJson = new Option<bool>("--json") { Description = "Data as JSON on standard output; everything else goes to standard error." };
        var command = new Command("hf", "Pack a model in Hugging Face layout as a base model that model projects name by BaseModelReference.") { folder, id, version, license, output, limit, asJson };
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            SdkAssemblies.Use();
            var request = new ImportRequest(result.GetRequiredValue(folder), result.GetRequiredValue(id), result.GetRequiredValue(version), result.GetRequiredValue(license).Trim(), result.GetRequiredValue(output))
            {
                SizeLimit = PackageSizeLimit.Parse(result.GetRequiredValue(limit))!.Value,
            };
            ImportResult imported = Run(request, cancellation);
            terminal.Out.WriteLine(result.GetValue(asJson)
                ? JsonOutput.Of(new { verb = "import", id = imported.Package.Id, version = imported.Package.Version, license = imported.License, baseDigest = imported.Digest, packages = imported.Packages })
                : $"{PackageText.Of(imported.Package)}: {ForeignText.Clean(imported.License)}, {imported.Digest}\n"
                    + string.Concat(imported.Packages.Select(path => $"  {path}\n"))
                    + $"In a model project: <BaseModelReference Include=\"{imported.Package.Id}\" Version=\"{imported.Package.Version}\" />");
            return ExitCode.Ok;
        }, CancellationToken.None));
        return command;
    }

    // Apart, so that nothing of NuGet is loaded before it is known where from.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ImportResult Run(ImportRequest request, CancellationToken cancellation) => HuggingFaceImport.Run(request, cancellation);
}
