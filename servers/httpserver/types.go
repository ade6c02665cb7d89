package httpserver

import "strings"

// typeOf is the Content-Type of a file by its name. The table is the server's own, so that every machine gives the same
// answers.
func typeOf(name string) string {
	base := name[strings.LastIndexByte(name, '/')+1:]
	if dot := strings.LastIndexByte(base, '.'); dot >= 0 {
		if kind, ok := types[strings.ToLower(base[dot+1:])]; ok {
			return kind
		}
	}
	return "application/octet-stream"
}

var types = map[string]string{
	"7z":          "application/x-7z-compressed",
	"aac":         "audio/aac",
	"avif":        "image/avif",
	"avi":         "video/x-msvideo",
	"bmp":         "image/bmp",
	"bz2":         "application/x-bzip2",
	"c":           "text/plain; charset=utf-8",
	"cast":        "application/x-asciicast",
	"css":         "text/css; charset=utf-8",
	"csv":         "text/csv; charset=utf-8",
	"doc":         "application/msword",
	"docx":        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"epub":        "application/epub+zip",
	"flac":        "audio/flac",
	"gif":         "image/gif",
	"go":          "text/plain; charset=utf-8",
	"gz":          "application/gzip",
	"h":           "text/plain; charset=utf-8",
	"htm":         "text/html; charset=utf-8",
	"html":        "text/html; charset=utf-8",
	"ico":         "image/x-icon",
	"jpeg":        "image/jpeg",
	"jpg":         "image/jpeg",
	"js":          "text/javascript; charset=utf-8",
	"json":        "application/json",
	"jsonl":       "application/jsonl",
	"log":         "text/plain; charset=utf-8",
	"m4a":         "audio/mp4",
	"map":         "application/json",
	"md":          "text/markdown; charset=utf-8",
	"mjs":         "text/javascript; charset=utf-8",
	"mkv":         "video/x-matroska",
	"mov":         "video/quicktime",
	"mp3":         "audio/mpeg",
	"mp4":         "video/mp4",
	"mpeg":        "video/mpeg",
	"odt":         "application/vnd.oasis.opendocument.text",
	"ogg":         "audio/ogg",
	"opus":        "audio/ogg",
	"otf":         "font/otf",
	"parquet":     "application/vnd.apache.parquet",
	"pdf":         "application/pdf",
	"png":         "image/png",
	"pptx":        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"ps":          "application/postscript",
	"py":          "text/x-python; charset=utf-8",
	"rtf":         "application/rtf",
	"sh":          "text/plain; charset=utf-8",
	"svg":         "image/svg+xml",
	"tar":         "application/x-tar",
	"tgz":         "application/gzip",
	"tif":         "image/tiff",
	"tiff":        "image/tiff",
	"toml":        "application/toml",
	"tsv":         "text/tab-separated-values; charset=utf-8",
	"ttf":         "font/ttf",
	"txt":         "text/plain; charset=utf-8",
	"wasm":        "application/wasm",
	"wav":         "audio/wav",
	"webm":        "video/webm",
	"webmanifest": "application/manifest+json",
	"webp":        "image/webp",
	"woff":        "font/woff",
	"woff2":       "font/woff2",
	"xhtml":       "application/xhtml+xml",
	"xlsx":        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"xml":         "application/xml",
	"xz":          "application/x-xz",
	"yaml":        "application/yaml",
	"yml":         "application/yaml",
	"zip":         "application/zip",
	"zst":         "application/zstd",
}
