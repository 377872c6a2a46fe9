using ModelOps.SampleData;

// dotnet run --project eng/SampleData -- <folder of the adapters>
// Writes the data of the sample adapters; the same bytes on every run.
if (args is not [string adapters] || !Directory.Exists(adapters))
{
    Console.Error.WriteLine("usage: SampleData <existing folder of the adapters, sample-repo/adapters>");
    return 2;
}

foreach ((string path, string content) in SampleFiles.All())
{
    string file = Path.Combine(Path.GetFullPath(adapters), path);
    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
    File.WriteAllText(file, content);
    Console.WriteLine($"{path}: {content.Count(c => c == '\n')} rows");
}

return 0;
