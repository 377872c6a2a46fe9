using ModelOps.SampleData;

// dotnet run --project eng/SampleData -- <folder of the adapters> <folder of the template modelops-adapter>
// Writes the data of the sample adapters and the composed rows of the template; the same bytes on every run.
if (args is not [string adapters, string template] || !args.All(Directory.Exists))
{
    Console.Error.WriteLine("usage: SampleData sample-repo/adapters src/ModelOps.Templates/templates/modelops-adapter");
    return 2;
}

foreach ((string folder, (string path, string content)) in SampleFiles.All().Select(f => (adapters, f)).Concat(SampleFiles.Template().Select(f => (template, f))))
{
    string file = Path.Combine(Path.GetFullPath(folder), path);
    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
    File.WriteAllText(file, content);
    Console.WriteLine($"{path}: {content.Count(c => c == '\n')} rows");
}

return 0;
